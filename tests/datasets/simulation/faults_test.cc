#include "datasets/simulation/faults.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "datasets/formats/truth.h"
#include "datasets/scenarios/scenario.h"
#include "datasets/simulation/simulator.h"
#include "dem/frames/moon.h"
#include "dem/io/data_error.h"
#include "tests/datasets/tiny_scenario.h"
#include "tests/support/temp_folder.h"

namespace perilune::datasets {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t kEpoch_ns = 1'000'000'000;
constexpr std::int64_t kFifth_ns = 200'000'000;

/// A lander that comes down from 1000 m at 10 m/s; a range every 0.2 s that is exactly its height.
double Height_m(double t_s) { return 1000 - 10 * t_s; }

std::vector<nav::Range> Heights(int count) {
  std::vector<nav::Range> ranges;
  for (int i = 0; i < count; ++i) {
    ranges.push_back({kEpoch_ns + i * kFifth_ns, Height_m(0.2 * i), 0.5, true, 0});
  }
  return ranges;
}

FaultInjector With(const std::vector<Fault>& faults, std::uint64_t seed = 7) {
  return FaultInjector(faults, Height_m, kEpoch_ns, seed);
}

Fault Between(FaultKind kind, double value, double from_s, double until_s) {
  Fault fault;
  fault.kind = kind;
  fault.value = value;
  fault.from_s = from_s;
  fault.until_s = until_s;
  return fault;
}

/// Indices of the ranges that differ.
std::set<int> Changed(const std::vector<nav::Range>& before, const std::vector<nav::Range>& after) {
  std::set<int> changed;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i].range_m != after[i].range_m || before[i].valid != after[i].valid) {
      changed.insert(static_cast<int>(i));
    }
  }
  return changed;
}

TEST(Faults, ABiasStepShiftsTheSamplesOfItsWindow) {
  const auto before = Heights(21);
  const auto after = With({Between(FaultKind::kRangeBias, 30, 1, 2)}).Spoiled(before);
  // 1.0, 1.2, 1.4, 1.6 and 1.8 s; 2.0 s is past it.
  EXPECT_EQ(Changed(before, after), (std::set<int>{5, 6, 7, 8, 9}));
  for (int i = 5; i < 10; ++i) {
    EXPECT_DOUBLE_EQ(after[static_cast<std::size_t>(i)].range_m, 1030 - 2.0 * i);
    EXPECT_EQ(after[static_cast<std::size_t>(i)].sigma_m, 0.5);
  }
}

TEST(Faults, WindowsByHeightOpenOnTheWayDown) {
  Fault fault;
  fault.kind = FaultKind::kBoulder;
  fault.value = 4;
  fault.from_height_m = 991;   // passed at 0.9 s
  fault.until_height_m = 986;  // passed at 1.4 s
  const auto before = Heights(21);
  const auto after = With({fault}).Spoiled(before);
  EXPECT_EQ(Changed(before, after), (std::set<int>{5, 6}));  // 990 and 988 m; 986 m is past it
  EXPECT_DOUBLE_EQ(after[5].range_m, 986);
}

TEST(Faults, AConstantReadingIsTheLastOneBefore) {
  const auto after = With({Between(FaultKind::kConstantReading, 0, 1, 2)}).Spoiled(Heights(21));
  for (std::size_t i = 5; i < 10; ++i) {
    EXPECT_DOUBLE_EQ(after[i].range_m, 992);  // at 0.8 s
    EXPECT_EQ(after[i].t_ns, kEpoch_ns + static_cast<std::int64_t>(i) * kFifth_ns);
  }
  EXPECT_DOUBLE_EQ(after[10].range_m, 980);
}

TEST(Faults, LateReturnsAndDropoutsSayInvalid) {
  const auto late = With({Between(FaultKind::kLateFirstReturn, 990, 0, 1e9)}).Spoiled(Heights(21));
  for (std::size_t i = 0; i < late.size(); ++i) EXPECT_EQ(late[i].valid, i >= 5) << i;
  const auto dropped = With({Between(FaultKind::kRangeDropout, 0, 0, 1)}).Spoiled(Heights(21));
  for (std::size_t i = 0; i < dropped.size(); ++i) EXPECT_EQ(dropped[i].valid, i >= 5) << i;
  EXPECT_EQ(dropped[0].range_m, 0);
}

TEST(Faults, NoiseIsTenTimesWhatIsDeclaredAndMultipathOnlyTooLong) {
  // 4000 errors of 0: their RMS after the fault is sqrt(100 − 1) · 0.5 m, known within 1.1 % (1 sigma).
  std::vector<nav::Range> ranges(4000, {kEpoch_ns, 500, 0.5, true, 0});
  double square = 0;
  for (const nav::Range& range : With({Between(FaultKind::kRangeNoise, 10, 0, 1)}).Spoiled(ranges)) {
    square += std::pow(range.range_m - 500, 2) / 4000;
  }
  EXPECT_NEAR(std::sqrt(square), std::sqrt(99.0) * 0.5, 0.05 * 5);
  int late = 0;
  for (const nav::Range& range : With({Between(FaultKind::kMultipath, 100, 0, 1)}).Spoiled(ranges)) {
    EXPECT_GE(range.range_m, 500);
    EXPECT_LE(range.range_m, 600);
    late += range.range_m > 500 ? 1 : 0;
  }
  EXPECT_NEAR(late, 2000, 160);  // 5 sigma of a coin
}

TEST(Faults, SaturationCutsEachAxis) {
  const std::vector<nav::Imu> samples = {{kEpoch_ns, {0.3, -0.3, 0.1}, {5, -5, 1}},
                                         {kEpoch_ns + 2'000'000'000, {0.3, -0.3, 0.1}, {5, -5, 1}}};
  const auto force = With({Between(FaultKind::kAccelSaturation, 3, 0, 1)}).Spoiled(samples);
  EXPECT_EQ(force[0].accel_mps2, Eigen::Vector3d(3, -3, 1));
  EXPECT_EQ(force[0].gyro_radps, samples[0].gyro_radps);
  EXPECT_EQ(force[1].accel_mps2, samples[1].accel_mps2);
  const auto rate = With({Between(FaultKind::kGyroSaturation, 0.2, 0, 1)}).Spoiled(samples);
  EXPECT_EQ(rate[0].gyro_radps, Eigen::Vector3d(0.2, -0.2, 0.1));
}

TEST(Faults, AnOutageTakesTheSamplesAway) {
  std::vector<StarTrackerSample> samples(5);
  for (int i = 0; i < 5; ++i) samples[static_cast<std::size_t>(i)].t_ns = kEpoch_ns + i * 500'000'000LL;
  const auto kept = With({Between(FaultKind::kAttitudeOutage, 0, 0.5, 1.5)}).Spoiled(samples);
  ASSERT_EQ(kept.size(), 3u);
  EXPECT_EQ(kept[1].t_ns, kEpoch_ns + 1'500'000'000);
}

TEST(Faults, PicturesGatherWhatHitsThem) {
  const auto injector =
      With({Between(FaultKind::kBlur, 3, 0, 2), Between(FaultKind::kBlur, 4, 1, 2),
            Between(FaultKind::kTimeTag, -0.05, 1, 2), Between(FaultKind::kLostFrames, 0, 3, 4)});
  EXPECT_DOUBLE_EQ(injector.OfPicture(kEpoch_ns).blur_px, 3);
  EXPECT_DOUBLE_EQ(injector.OfPicture(kEpoch_ns + 1'000'000'000).blur_px, 5);  // independent blurs
  EXPECT_DOUBLE_EQ(injector.OfPicture(kEpoch_ns + 1'000'000'000).tag_offset_s, -0.05);
  EXPECT_TRUE(injector.OfPicture(kEpoch_ns + 3'000'000'000).lost);
  EXPECT_FALSE(injector.OfPicture(kEpoch_ns + 4'000'000'000).lost);
}

TEST(Faults, DependOnTheSeedAlone) {
  const std::vector<Fault> faults = {Between(FaultKind::kRangeNoise, 10, 0, 9)};
  const auto before = Heights(21);
  EXPECT_TRUE(Changed(With(faults).Spoiled(before), With(faults).Spoiled(before)).empty());
  EXPECT_EQ(Changed(With(faults).Spoiled(before), With(faults, 8).Spoiled(before)).size(), 21u);
}

std::string FaultError(const std::string& fault) {
  try {
    ReadScenario(test::TinyScenarioPath(), {{"faults", "[" + fault + "]"}});
  } catch (const dem::DataError& error) {
    return error.what();
  }
  return "no DataError";
}

TEST(Faults, AreReadWithTheirUnits) {
  const auto faults = ReadScenario(test::TinyScenarioPath(),
                                   {{"faults",
                                     "[{sensor: camera, kind: boresight, angle_deg: 0.2, from_s: 3},"
                                     " {sensor: camera, kind: dust, optical_depth: 2, from_height_m: 60}]"}})
                          .faults;
  ASSERT_EQ(faults.size(), 2u);
  EXPECT_EQ(faults[0].kind, FaultKind::kBoresight);
  EXPECT_DOUBLE_EQ(faults[0].value, dem::DegToRad(0.2));
  EXPECT_FALSE(faults[0].ActiveAt(2.9, 1));
  EXPECT_TRUE(faults[0].ActiveAt(3, 1e6));
  EXPECT_TRUE(faults[1].ActiveAt(0, 60));
  EXPECT_FALSE(faults[1].ActiveAt(0, 61));
}

TEST(Faults, RefuseWhatMakesNoSense) {
  EXPECT_THAT(FaultError("{sensor: radar, kind: dropout}"),
              HasSubstr("altimeter, camera, star_tracker, imu, map"));
  EXPECT_THAT(FaultError("{sensor: altimeter, kind: late}"), HasSubstr("late_first_return, dropout"));
  EXPECT_THAT(FaultError("{sensor: altimeter, kind: bias_step}"), HasSubstr("bias_m' is missing"));
  EXPECT_THAT(FaultError("{sensor: altimeter, kind: dropout, bias_m: 3}"), HasSubstr("unknown key"));
  EXPECT_THAT(FaultError("{sensor: altimeter, kind: dropout, from_s: 3, until_s: 3}"), HasSubstr("until_s"));
  EXPECT_THAT(FaultError("{sensor: camera, kind: dust, optical_depth: 2}"), HasSubstr("from_height_m"));
  EXPECT_THAT(FaultError("{sensor: map, kind: tie_error, east_m: 20, from_s: 3}"), HasSubstr("from_s"));
}

// Through the whole simulator: each fault changes the files of its own sensor and nothing that tells of it.
TEST(Faults, ChangeTheFilesOfTheirOwnSensor) {
  const test::TempFolder plain;
  Simulate(test::TinyScenario(), plain.path());
  const auto with = [](const std::string& faults, const test::TempFolder& folder) {
    Simulate(ReadScenario(test::TinyScenarioPath(), {{"faults", faults}}), folder.path());
  };
  const auto same = [&](const test::TempFolder& folder, const std::string& name) {
    return test::ReadBytes(plain / name) == test::ReadBytes(folder / name);
  };
  const test::TempFolder range;
  with("[{sensor: altimeter, kind: bias_step, bias_m: 30, from_s: 8}]", range);
  EXPECT_FALSE(same(range, "altimeter0/data.csv"));
  for (const char* name : {"sequence.yaml", "imu0/data.csv", "cam0/data.csv", "map/near.tif",
                           "altimeter0/sensor.yaml", "state_groundtruth_estimate0/data.csv"}) {
    EXPECT_TRUE(same(range, name)) << name;
  }
  const test::TempFolder map;
  with("[{sensor: map, kind: tie_error, east_m: 200}]", map);
  EXPECT_TRUE(same(map, "sequence.yaml"));
  EXPECT_TRUE(same(map, "map/near.tif.uncertainty.yaml"));
  const Eigen::Vector3d moved = ReadTruth(map.path()).map_tie_in_site_m.at("near.tif") -
                                ReadTruth(plain.path()).map_tie_in_site_m.at("near.tif");
  EXPECT_LT((moved - Eigen::Vector3d(200, 0, 0)).norm(), 1e-6);
  EXPECT_FALSE(same(map, "map/near.tif"));
}

TEST(Faults, LoseFreezeAndMistagPictures) {
  // Pictures at 0, 4, 8 and 12 s.
  const test::TempFolder folder;
  Simulate(ReadScenario(test::TinyScenarioPath(),
                        {{"faults",
                          "[{sensor: camera, kind: lost_frames, from_s: 0, until_s: 1},"
                          " {sensor: camera, kind: frozen_frame, from_s: 7, until_s: 9},"
                          " {sensor: camera, kind: time_tag, offset_s: -0.05, from_s: 11}]"}}),
           folder.path());
  const Sequence sequence = OpenSequence(folder.path());
  const std::int64_t epoch_ns = sequence.info.epoch_t_ns;
  ASSERT_EQ(sequence.images.size(), 3u);
  EXPECT_EQ(sequence.images[0].t_ns, epoch_ns + 4'000'000'000);
  EXPECT_EQ(sequence.images[1].t_ns, epoch_ns + 8'000'000'000);
  EXPECT_EQ(sequence.images[2].t_ns, epoch_ns + 11'950'000'000);
  const auto bytes = [&](std::size_t i) {
    return test::ReadBytes(ImagePath(folder.path(), sequence.images[i].t_ns));
  };
  EXPECT_EQ(bytes(0), bytes(1));
  EXPECT_NE(bytes(1), bytes(2));
}

TEST(Faults, APictureTaggedAfterTheEndIsNone) {
  const test::TempFolder folder;
  Simulate(ReadScenario(test::TinyScenarioPath(),
                        {{"faults", "[{sensor: camera, kind: time_tag, offset_s: 0.05}]"}}),
           folder.path());
  const Sequence sequence = OpenSequence(folder.path());
  ASSERT_EQ(sequence.images.size(), 3u);  // of four: the last would lie after the recorded truth
  EXPECT_EQ(sequence.images[2].t_ns, sequence.info.epoch_t_ns + 8'050'000'000);
  EXPECT_EQ(ReadTruth(folder.path()).states.back().t_ns, sequence.info.epoch_t_ns + 12'000'000'000);
}

}  // namespace
}  // namespace perilune::datasets
