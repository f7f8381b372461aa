#include "nav/navigator/navigator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>

#include "dem/linear/symmetric_solve.h"
#include "tests/nav/navigator/small_descent.h"

namespace perilune::nav {
namespace {

using Eigen::Vector3d;
using ::testing::HasSubstr;

constexpr int kImages = 5;

std::vector<StepRecord> Fly(const test::SmallDescent& world, const State& prior) {
  Navigator navigator(world.Options(), world.Levels(), world.mounting(), world.site(), prior);
  std::vector<StepRecord> records;
  for (int k = 0; k < kImages; ++k) records.push_back(navigator.Step(world.Frame(k)));
  return records;
}

int CountEvents(const StepRecord& record, const std::string& kind) {
  return static_cast<int>(std::count_if(record.events.begin(), record.events.end(),
                                        [&](const Event& e) { return e.kind == kind; }));
}

Vector3d ErrorOf(const State& state, const test::SmallDescent& world, int k) {
  return state.site_from_body.translation() + state.map_tie_m - world.tie_m -
         world.SiteFromBody(k).translation();
}

double NeesOf(const State& state, const test::SmallDescent& world, int k) {
  return dem::SquaredMahalanobis(ErrorOf(state, world, k), state.MapRelativePositionCovariance());
}

// A range that the start allows, 150 m wrong as one over hills that are not below: the state believes it to
// metres, and would refuse every fix.
TEST(Navigator, TheFirstFixOverrulesRangesThatMisledTheStart) {
  const test::SmallDescent world(41);
  Navigator navigator(world.Options(), world.Levels(), world.mounting(), world.site(), world.Prior());
  FrameInput first = world.Frame(0);
  first.ranges.front().range_m += 150;
  const StepRecord record = navigator.Step(first);
  const auto of_kind = [&](const std::string& kind) {
    return *std::find_if(record.events.begin(), record.events.end(),
                         [&](const Event& e) { return e.kind == kind; });
  };
  ASSERT_TRUE(of_kind("range").accepted);
  EXPECT_TRUE(of_kind("fix").accepted);
  EXPECT_THAT(of_kind("trust").text, HasSubstr("contradicts what ranges had made of the start"));
  EXPECT_EQ(record.fix.status, FixStatus::kAccepted) << record.fix.reason;
  EXPECT_LT(NeesOf(record.state, world, 0), kGateDof3) << ErrorOf(record.state, world, 0).transpose();
  for (int k = 1; k < kImages; ++k) {
    const State state = navigator.Step(world.Frame(k)).state;
    EXPECT_LT(NeesOf(state, world, k), kGateDof3) << k << ": " << ErrorOf(state, world, k).transpose();
  }
}

// A start that is certain of a wrong place: poses far outside of it are no fixes, and the third in a row that
// agrees overrules it.
TEST(Navigator, PosesBeyondTheStateThatAgreeOverruleIt) {
  const test::SmallDescent world(42);
  State prior = world.Prior();
  prior.site_from_body = world.SiteFromBody(0);
  prior.site_from_body.translation() += world.tie_m + Vector3d(15, 0, 0);
  prior.covariance.block<3, 3>(kPosition, kPosition) = 0.25 * Eigen::Matrix3d::Identity();
  std::vector<MapLevel> levels = world.Levels();
  levels.front().declaration.tie_sigma_horizontal_m = levels.front().declaration.tie_sigma_vertical_m = 0.5;
  Navigator navigator(world.Options(), levels, world.mounting(), world.site(), prior);
  int refused = 0;
  for (int k = 0; k < kImages; ++k) {
    FrameInput frame = world.Frame(k);
    frame.ranges.clear();
    const StepRecord record = navigator.Step(frame);
    if (record.fix.beyond_prior) ++refused;
    if (k == 1) {
      EXPECT_GT(NeesOf(record.state, world, k), 100) << "as wrong as it was made";
    }
    if (k == kImages - 1) {
      EXPECT_LT(NeesOf(record.state, world, k), kGateDof3) << record.fix.reason;
    }
  }
  EXPECT_GE(refused, 2);  // the search is widened after each
}

// A map that is worth a coarser pixel than its own is used in that, and the operator is told.
TEST(Navigator, AMapThatIsWorthLessIsTrustedLess) {
  const test::SmallDescent world(41);
  std::vector<MapLevel> levels = world.Levels();
  levels.front().declaration.detail_pixel_m = 2 * test::SmallDescent::kMapSpacing_m;
  Navigator navigator(world.Options(), levels, world.mounting(), world.site(), world.Prior());
  const StepRecord whole = Fly(world, world.Prior()).front(), coarse = navigator.Step(world.Frame(0));
  ASSERT_TRUE(coarse.fix.HasPose()) << coarse.fix.reason;
  EXPECT_GT(coarse.fix.covariance_map_relative(5, 5), 1.5 * whole.fix.covariance_map_relative(5, 5));
  const auto event = [](const StepRecord& record, const std::string& kind) {
    return *std::find_if(record.events.begin(), record.events.end(),
                         [&](const Event& e) { return e.kind == kind; });
  };
  EXPECT_EQ(event(whole, "level").text, "");
  EXPECT_THAT(event(coarse, "level").text, HasSubstr("worth a pixel of"));
  EXPECT_LT(event(coarse, "range").nis, event(whole, "range").nis);  // of the same innovation
}

TEST(Navigator, FindsItselfOnASmoothedDisplacedMap) {
  const test::SmallDescent world(41);
  const std::vector<StepRecord> records = Fly(world, world.Prior());
  for (int k = 0; k < kImages; ++k) {
    SCOPED_TRACE(k);
    const StepRecord& record = records[static_cast<std::size_t>(k)];
    EXPECT_EQ(record.fix.status, FixStatus::kAccepted) << record.fix.reason;
    EXPECT_EQ(record.level, 0);
    const Eigen::Isometry3d truth = world.SiteFromBody(k);
    const Vector3d fix_error = record.fix.site_from_cam.translation() - world.tie_m -
                               (truth * world.mounting().body_from_cam.translation());
    EXPECT_LT(fix_error.head<2>().norm(), test::SmallDescent::kMapSpacing_m) << fix_error.transpose();
    const Vector3d state_error = record.state.site_from_body.translation() + record.state.map_tie_m -
                                 world.tie_m - truth.translation();
    const Eigen::Matrix3d covariance = record.state.MapRelativePositionCovariance();
    EXPECT_LT(state_error.dot(covariance.ldlt().solve(state_error)), kGateDof3) << state_error.transpose();
    EXPECT_EQ(record.protection.status, ProtectionStatus::kGiven) << record.protection.reason;
    EXPECT_LT(state_error.head<2>().norm(), 2 * record.protection.horizontal_m);  // at a risk of 1 in 100
    EXPECT_LT(std::abs(state_error.z()), 2 * record.protection.vertical_m);
    EXPECT_EQ(CountEvents(record, "fix"), 1);
    EXPECT_EQ(CountEvents(record, "range"), 1);
    EXPECT_EQ(CountEvents(record, "attitude"), 1);
  }
  const StepRecord& last = records.back();
  EXPECT_LT((last.state.velocity_of_body_in_site_mps - world.velocity_mps()).norm(), 2);
  EXPECT_LT(std::sqrt(last.state.MapRelativePositionCovariance().trace()), 20);
  // What the map's tie hides stays uncertain.
  EXPECT_GT(std::sqrt(last.state.AbsolutePositionCovariance()(0, 0)), 8);
}

TEST(Navigator, GivesTheSameBytesTwice) {
  const test::SmallDescent world(42);
  const std::vector<StepRecord> a = Fly(world, world.Prior()), b = Fly(world, world.Prior());
  for (std::size_t k = 0; k < a.size(); ++k) {
    EXPECT_EQ(a[k].state.covariance, b[k].state.covariance);
    EXPECT_EQ(a[k].state.site_from_body.matrix(), b[k].state.site_from_body.matrix());
    EXPECT_EQ(a[k].fix.site_from_cam.matrix(), b[k].fix.site_from_cam.matrix());
    EXPECT_EQ(a[k].fix.inliers, b[k].fix.inliers);
  }
}

TEST(Navigator, ABlackImageIsNoFixAndTheStateGoesOn) {
  const test::SmallDescent world(43);
  Navigator navigator(world.Options(), world.Levels(), world.mounting(), world.site(), world.Prior());
  navigator.Step(world.Frame(0));
  FrameInput dark = world.Frame(1);
  dark.image.pixels.setTo(0);
  const StepRecord record = navigator.Step(dark);
  EXPECT_FALSE(record.fix.HasPose());
  EXPECT_EQ(record.state.t_ns, dark.image.t_ns);
  const auto fix = std::find_if(record.events.begin(), record.events.end(),
                                [](const Event& e) { return e.kind == "fix"; });
  ASSERT_NE(fix, record.events.end());
  EXPECT_FALSE(fix->accepted);
  EXPECT_FALSE(fix->text.empty());
  EXPECT_EQ(navigator.Step(world.Frame(2)).fix.status, FixStatus::kAccepted);
}

TEST(Navigator, OffTheMapThereIsNoMap) {
  const test::SmallDescent world(44);
  State far = world.Prior();
  far.site_from_body.translation().x() += 40e3;
  Navigator navigator(world.Options(), world.Levels(), world.mounting(), world.site(), far);
  const StepRecord record = navigator.Step(world.Frame(0));
  EXPECT_EQ(record.level, -1);
  EXPECT_EQ(record.fix.status, FixStatus::kNoMap);
  EXPECT_EQ(record.fix.map_level, -1);
}

TEST(Navigator, TakesTheFinestLevelThatCoversHalfOfTheImage) {
  const test::SmallDescent world(45);
  // A finer level of 600 m around the middle covers less than half of the footprint of 3 km.
  const dem::TerrainLevel& whole = world.map().terrain->Level(0);
  const auto part_of = [&](int cells, const std::string& name) {
    dem::TerrainLevel part = whole;
    const int first = (whole.z_m.width - cells) / 2;
    part.z_m = dem::Grid<float>(cells, cells);
    part.x0_m = whole.x0_m + first * whole.spacing_m;
    part.y0_m = whole.y0_m - first * whole.spacing_m;
    for (int r = 0; r < cells; ++r) {
      for (int c = 0; c < cells; ++c) part.z_m.At(c, r) = whole.z_m.At(first + c, first + r);
    }
    MapLevel level = world.map();
    level.name = name;
    level.terrain = std::make_shared<const dem::Terrain>(world.site(), std::vector<dem::TerrainLevel>{part});
    return level;
  };
  const std::vector<MapLevel> levels = {part_of(30, "small.tif"), part_of(220, "wide.tif"), world.map()};
  Navigator navigator(world.Options(), levels, world.mounting(), world.site(), world.Prior());
  const StepRecord record = navigator.Step(world.Frame(0));
  EXPECT_EQ(record.level, 1);
  ASSERT_GE(record.events.size(), 2u);
  EXPECT_EQ(record.events[0].kind, "start");
  EXPECT_EQ(record.events[1].kind, "level");
  EXPECT_EQ(record.events[1].source, "wide.tif");
}

TEST(Navigator, RefusesBadInput) {
  const test::SmallDescent world(46);
  const auto make = [&](const NavigatorOptions& options, std::vector<MapLevel> levels) {
    return Navigator(options, std::move(levels), world.mounting(), world.site(), world.Prior());
  };
  EXPECT_THROW(make(world.Options(), {}), std::invalid_argument);
  NavigatorOptions options = world.Options();
  options.level_share = 0;
  EXPECT_THROW(make(options, world.Levels()), std::invalid_argument);
  MapLevel level = world.map();
  level.declaration.map_pixel_m = 0;
  EXPECT_THROW(make(world.Options(), {level}), std::invalid_argument);
  Navigator navigator = make(world.Options(), world.Levels());
  FrameInput early = world.Frame(0);
  early.image.t_ns -= 1;
  EXPECT_THROW(navigator.Step(early), std::invalid_argument);
}

TEST(ImuTrack, CoastsWhereThereAreNoSamples) {
  const dem::Site site = dem::MakeSite({0.45, 0.06});
  ImuTrack track(site, Eigen::Isometry3d::Identity(), {1e-5, 0, 1e-4, 0}, {});
  State state;
  state.site_from_body.translation() = Vector3d(100, 200, 3000);
  state.velocity_of_body_in_site_mps = {50, -20, -10};
  const State after = track.Propagate(state, 2'000'000'000);
  EXPECT_LT((after.site_from_body.translation() - Vector3d(200, 160, 2980)).norm(), 1e-3);
  EXPECT_LT((after.velocity_of_body_in_site_mps - state.velocity_of_body_in_site_mps).norm(), 1e-3);
  EXPECT_GT(after.covariance(kVelocity, kVelocity), 10);
}

TEST(ImuTrack, IntegratesALinearForceExactly) {
  // Specific force that grows linearly: the mean of the two samples at a step's ends is its integral.
  const dem::Site site = dem::MakeSite({0, 0});
  ImuTrack track(site, Eigen::Isometry3d::Identity(), {}, {});
  std::vector<Imu> samples;
  for (int i = 0; i <= 100; ++i)
    samples.push_back({i * 10'000'000LL, Vector3d::Zero(), Vector3d(2 * i * 0.01, 0, 0)});
  track.Append(samples);
  State state;
  state.site_from_body.translation() = Vector3d(0, 0, 5e6);
  const State free = [&] {
    ImuTrack silent(site, Eigen::Isometry3d::Identity(), {}, {});
    std::vector<Imu> zeros = samples;
    for (Imu& sample : zeros) sample.accel_mps2.setZero();
    silent.Append(zeros);
    return silent.Propagate(state, 1'000'000'000);
  }();
  const State pushed = track.Propagate(state, 1'000'000'000);
  EXPECT_NEAR((pushed.velocity_of_body_in_site_mps - free.velocity_of_body_in_site_mps).x(), 1, 1e-4);
  EXPECT_NEAR((pushed.site_from_body.translation() - free.site_from_body.translation()).x(), 1.0 / 3, 1e-4);
  EXPECT_THROW(track.Append({samples.front()}), std::invalid_argument);
  EXPECT_THROW(track.Propagate(pushed, 0), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::nav
