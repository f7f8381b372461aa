#include "datasets/formats/run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "datasets/formats/frame_journal.h"
#include "datasets/formats/run_tables.h"
#include "dem/io/data_error.h"
#include "dem/synthesis/random.h"
#include "tests/support/temp_folder.h"

namespace perilune::datasets {
namespace {

using ::testing::HasSubstr;

Eigen::Isometry3d SomePose(std::uint64_t stream) {
  dem::Vector6d delta;
  for (int i = 0; i < 6; ++i) delta[i] = dem::RandomNormal(7, stream, static_cast<std::uint64_t>(i));
  delta.tail<3>() *= 12345.678;
  return dem::Perturb(Eigen::Isometry3d::Identity(), delta);
}

template <int N>
Eigen::Matrix<double, N, N> SomeCovariance(std::uint64_t stream) {
  Eigen::Matrix<double, N, N> a;
  for (int i = 0; i < N * N; ++i)
    a(i / N, i % N) = dem::RandomNormal(8, stream, static_cast<std::uint64_t>(i));
  const Eigen::Matrix<double, N, N> square = a * a.transpose();
  return 0.5 * (square + square.transpose());
}

std::vector<FixRow> SomeFixes() {
  std::vector<FixRow> rows(3);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].fix.t_ns = 1772366437000000000 + static_cast<std::int64_t>(i) * 1'000'000'001;
    rows[i].fix.site_from_cam = SomePose(i);
    rows[i].fix.covariance_map_relative = SomeCovariance<6>(i);
    rows[i].fix.attempted = 150;
    rows[i].fix.inliers = 80;
    rows[i].fix.residual_rms_px = 0.1 + 0.2;
    rows[i].fix.holdout_rms_px = std::numeric_limits<double>::quiet_NaN();
    rows[i].fix.map_pixel_m = 20;
    rows[i].fix.ground_sample_m = 17.5;
    rows[i].fix.map_level = 1;
    rows[i].map = "approach.tif";
    rows[i].matches = 100;
  }
  rows[0].fix.status = nav::FixStatus::kAccepted;
  rows[0].fix.covariance_absolute = SomeCovariance<6>(9);
  rows[1].fix.status = nav::FixStatus::kWeak;
  rows[1].fix.reason = "horizontal 1 sigma of 31 m, more than \"20 m\"";
  rows[2].fix.status = nav::FixStatus::kTooFewMatches;
  return rows;
}

TEST(RunFixes, RoundTripKeepsEveryDigit) {
  const test::TempFolder folder;
  const std::vector<FixRow> rows = SomeFixes();
  WriteFixes(folder / "fixes.csv", rows);
  const std::vector<FixRow> read = ReadFixes(folder / "fixes.csv");
  ASSERT_EQ(read.size(), rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    SCOPED_TRACE(i);
    const nav::Fix &was = rows[i].fix, &is = read[i].fix;
    EXPECT_EQ(is.t_ns, was.t_ns);
    EXPECT_EQ(is.status, was.status);
    EXPECT_EQ(is.reason, was.reason);
    EXPECT_EQ(is.attempted, was.attempted);
    EXPECT_EQ(is.inliers, was.inliers);
    EXPECT_EQ(is.residual_rms_px, was.residual_rms_px);
    EXPECT_TRUE(std::isnan(is.holdout_rms_px));
    EXPECT_EQ(is.map_level, was.map_level);
    EXPECT_EQ(read[i].map, rows[i].map);
    EXPECT_EQ(read[i].matches, rows[i].matches);
    EXPECT_EQ(is.covariance_absolute.has_value(), was.covariance_absolute.has_value());
    if (!was.HasPose()) continue;
    EXPECT_EQ(is.covariance_map_relative, was.covariance_map_relative);
    EXPECT_EQ(is.site_from_cam.translation(), was.site_from_cam.translation());
    EXPECT_TRUE(is.site_from_cam.linear().isApprox(was.site_from_cam.linear(), 1e-14));
  }
  EXPECT_EQ(*read[0].fix.covariance_absolute, *rows[0].fix.covariance_absolute);
  EXPECT_EQ(read[2].fix.site_from_cam.matrix(), Eigen::Isometry3d::Identity().matrix());
}

TEST(RunFixes, HeaderIsTheDocumentedOne) {
  const test::TempFolder folder;
  WriteFixes(folder / "fixes.csv", {});
  const std::string bytes = test::ReadBytes(folder / "fixes.csv");
  EXPECT_THAT(bytes,
              HasSubstr("#t_ns,status,map,map_level,map_pixel_m,ground_sample_m,x_m,y_m,z_m,qw,qx,qy,qz,"
                        "cov_rel_00,cov_rel_01,cov_rel_02,"));
  EXPECT_THAT(bytes, HasSubstr("cov_rel_45,cov_rel_55,cov_abs_00,"));
  EXPECT_THAT(bytes,
              HasSubstr("cov_abs_55,attempted,matches,inliers,residual_rms_px,holdout_rms_px,reason\n"));
  EXPECT_TRUE(ReadFixes(folder / "fixes.csv").empty());
}

std::vector<StateRow> SomeStates() {
  std::vector<StateRow> rows(2);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    StateRow& row = rows[i];
    row.state.t_ns = 1772366437000000000 + static_cast<std::int64_t>(i) * 1'000'000'000 + 7;
    row.state.site_from_body = SomePose(20 + i);
    row.state.velocity_of_body_in_site_mps = {1600.123456789, -3, 1.0 / 3};
    row.state.gyro_bias_radps = {1e-6, -2e-7, 3e-9};
    row.state.accel_bias_mps2 = {1e-3, 2e-4, -5e-5};
    row.state.range_bias_m = -0.7;
    row.state.map_tie_m = {12.5, -3.25, 8};
    row.map = "en_route.tif";
    row.absolute_position_covariance_m2 = SomeCovariance<3>(30 + i);
    row.map_relative_position_covariance_m2 = SomeCovariance<3>(40 + i);
    row.velocity_covariance_m2ps2 = SomeCovariance<3>(50 + i);
    if (i > 0) row.horizontal_protection_m = 1.0 / 3, row.vertical_protection_m = 7;
  }
  return rows;
}

TEST(RunStates, RoundTripKeepsEveryDigit) {
  const test::TempFolder folder;
  const std::vector<StateRow> rows = SomeStates();
  WriteStates(folder / "states.csv", rows);
  const std::vector<StateRow> read = ReadStates(folder / "states.csv");
  ASSERT_EQ(read.size(), rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const nav::State &was = rows[i].state, &is = read[i].state;
    EXPECT_EQ(is.t_ns, was.t_ns);
    EXPECT_EQ(is.velocity_of_body_in_site_mps, was.velocity_of_body_in_site_mps);
    EXPECT_EQ(read[i].horizontal_protection_m, rows[i].horizontal_protection_m);
    EXPECT_EQ(read[i].vertical_protection_m, rows[i].vertical_protection_m);
    EXPECT_EQ(is.gyro_bias_radps, was.gyro_bias_radps);
    EXPECT_EQ(is.accel_bias_mps2, was.accel_bias_mps2);
    EXPECT_EQ(is.range_bias_m, was.range_bias_m);
    EXPECT_EQ(is.map_tie_m, was.map_tie_m);
    EXPECT_EQ(read[i].map, rows[i].map);
    EXPECT_EQ(read[i].absolute_position_covariance_m2, rows[i].absolute_position_covariance_m2);
    EXPECT_EQ(read[i].map_relative_position_covariance_m2, rows[i].map_relative_position_covariance_m2);
    EXPECT_EQ(read[i].velocity_covariance_m2ps2, rows[i].velocity_covariance_m2ps2);
    EXPECT_EQ(is.AbsolutePositionCovariance(), rows[i].absolute_position_covariance_m2);
  }
}

TEST(RunEvents, RoundTripWithCommasAndRepeatedTimes) {
  const test::TempFolder folder;
  const std::vector<EventRow> rows = {
      {5, "start", "prior", true, 0, 0, 0, ""},
      {5, "fix", "cam0", false, 31.25, 3, 16.27, "gated, \"far\" off\nagain"}};
  WriteEvents(folder / "events.csv", rows);
  const std::vector<EventRow> read = ReadEvents(folder / "events.csv");
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[1].kind, "fix");
  EXPECT_EQ(read[1].source, "cam0");
  EXPECT_FALSE(read[1].accepted);
  EXPECT_EQ(read[1].nis, 31.25);
  EXPECT_EQ(read[1].dof, 3);
  EXPECT_EQ(read[1].threshold, 16.27);
  EXPECT_EQ(read[1].text, "gated, \"far\" off again");
}

TEST(RunTum, KeepsNanosecondsAndPutsTheScalarLast) {
  const test::TempFolder folder;
  std::vector<StateRow> rows(1);
  rows[0].state.t_ns = 1772366437000000042;
  rows[0].state.site_from_body.translation() = Eigen::Vector3d(1, 2.5, -3);
  WriteTum(folder / "trajectory.tum", rows);
  EXPECT_EQ(test::ReadBytes(folder / "trajectory.tum"), "1772366437.000000042 1 2.5 -3 0 0 0 1\n");
}

TEST(RunFrame, RoundTrip) {
  const test::TempFolder folder;
  nav::Fix fix;
  fix.status = nav::FixStatus::kWeak;
  fix.t_ns = 1772366437000000042;
  fix.site_from_cam = SomePose(3);
  nav::FixMatch landmark;
  landmark.match.landmark_id = 17;
  landmark.match.pixel_px = {100.25, 7.5};
  landmark.match.covariance_px2 << 0.04, 0.01, 0.01, 0.09;
  landmark.match.point_in_site_m = {1000.5, -2000.25, 3};
  landmark.match.score = 0.87;
  landmark.match.patch_size_px = 40.5;
  landmark.residual_px = {0.1, -0.2};
  landmark.inlier = true;
  fix.matches = {landmark, {}};
  fix.inliers = 1;
  fix.reason = "weak along the flight";
  fix.map_level = 2;
  fix.map_pixel_m = 1.0 / 3;
  fix.ground_sample_m = 0.1;
  fix.attempted = 7;
  fix.residual_rms_px = 0.3;
  fix.holdout_rms_px = std::numeric_limits<double>::quiet_NaN();
  fix.covariance_map_relative = dem::Matrix6d::Random();
  fix.covariance_map_relative(3, 4) = std::numeric_limits<double>::infinity();
  fix.covariance_absolute = dem::Matrix6d::Random();
  fix.weak_direction = dem::Vector6d::Random();
  fix.ambiguity_ratio = 0.7;
  fix.halves_distance_sigma = 1.1;
  fix.attitude_offset = {{1e-3, -2e-4, 1.0 / 3}, SomeCovariance<3>(60), SomeCovariance<3>(61)};
  fix.attitude_contradicted = true;
  fix.beyond_prior = true;
  WriteFrame(folder / "1.json", {fix, SomePose(4), 0xfedcba9876543210});
  const FrameEntry entry = ReadFrame(folder / "1.json");
  const nav::Fix& read = entry.fix;
  EXPECT_EQ(entry.input_hash, 0xfedcba9876543210);
  EXPECT_EQ(entry.site_from_cam_prior.matrix(), SomePose(4).matrix());
  EXPECT_EQ(read.covariance_map_relative, fix.covariance_map_relative);
  EXPECT_EQ(*read.covariance_absolute, *fix.covariance_absolute);
  EXPECT_EQ(*read.weak_direction, *fix.weak_direction);
  EXPECT_EQ(read.reason, fix.reason);
  EXPECT_EQ(read.map_level, 2);
  EXPECT_EQ(read.map_pixel_m, fix.map_pixel_m);
  EXPECT_EQ(read.ground_sample_m, 0.1);
  EXPECT_EQ(read.attempted, 7);
  EXPECT_EQ(read.residual_rms_px, 0.3);
  EXPECT_TRUE(std::isnan(read.holdout_rms_px));
  EXPECT_EQ(read.ambiguity_ratio, 0.7);
  EXPECT_EQ(read.halves_distance_sigma, 1.1);
  ASSERT_TRUE(read.attitude_offset);
  EXPECT_EQ(read.attitude_offset->offset_rad, fix.attitude_offset->offset_rad);
  EXPECT_EQ(read.attitude_offset->covariance_rad2, fix.attitude_offset->covariance_rad2);
  EXPECT_EQ(read.attitude_offset->of_correction_rad2, fix.attitude_offset->of_correction_rad2);
  EXPECT_TRUE(read.attitude_contradicted);
  EXPECT_TRUE(read.beyond_prior);
  nav::Fix beyond = fix;  // no fix, but its pose is there for a run that goes on
  beyond.status = nav::FixStatus::kInconsistent;
  WriteFrame(folder / "2.json", {beyond, SomePose(4), 1});
  const nav::Fix refused = ReadFrame(folder / "2.json").fix;
  EXPECT_FALSE(refused.HasPose());
  EXPECT_EQ(refused.site_from_cam.matrix(), beyond.site_from_cam.matrix());
  EXPECT_EQ(refused.covariance_map_relative, beyond.covariance_map_relative);
  EXPECT_EQ(read.status, fix.status);
  EXPECT_EQ(read.t_ns, fix.t_ns);
  EXPECT_EQ(read.inliers, 1);
  EXPECT_EQ(read.site_from_cam.matrix(), fix.site_from_cam.matrix());
  ASSERT_EQ(read.matches.size(), 2u);
  EXPECT_EQ(read.matches[0].match.landmark_id, 17);
  EXPECT_EQ(read.matches[0].match.pixel_px, landmark.match.pixel_px);
  EXPECT_EQ(read.matches[0].match.point_in_site_m, landmark.match.point_in_site_m);
  EXPECT_EQ(read.matches[0].residual_px, landmark.residual_px);
  EXPECT_EQ(read.matches[0].match.score, 0.87);
  EXPECT_TRUE(read.matches[0].inlier);
  EXPECT_FALSE(read.matches[1].inlier);
  EXPECT_NEAR(read.matches[0].match.covariance_px2(1, 1), 0.09, 1e-15);
  EXPECT_EQ(read.matches[0].match.covariance_px2(0, 1), 0.01);
  EXPECT_EQ(read.matches[0].match.covariance_px2(1, 0), 0.01);
  EXPECT_EQ(read.matches[0].match.patch_size_px, 40.5);
}

/// The message of the DataError that `read` must throw.
template <typename Read>
std::string RefusalOf(Read read) {
  try {
    read();
  } catch (const dem::DataError& error) {
    return error.what();
  }
  return "nothing was refused";
}

std::string WithLine(const std::string& header_of, const std::string& line) {
  return header_of.substr(0, header_of.find('\n') + 1) + line;
}

TEST(RunErrors, NameFileLineAndColumn) {
  const test::TempFolder folder;
  WriteEvents(folder / "events.csv", {{5, "fix", "cam0", true, 1, 3, 2, "x"}});
  const std::string good = test::ReadBytes(folder / "events.csv");
  const auto refusal = [&](const std::string& bytes) {
    const auto path = folder.Write("bad.csv", bytes);
    return RefusalOf([&] { ReadEvents(path); });
  };
  EXPECT_THAT(RefusalOf([&] { ReadEvents(folder / "none.csv"); }), HasSubstr("none.csv: cannot be opened"));
  EXPECT_THAT(refusal("#t_ns,kind\n"), HasSubstr("line 1: the header must be"));
  EXPECT_THAT(refusal(""), HasSubstr("is empty: the first line must name the columns"));
  EXPECT_THAT(refusal(good.substr(0, good.size() - 1)), HasSubstr("line 2: has no line end"));
  EXPECT_THAT(refusal(WithLine(good, "5,fix,cam0,1,1,3,2\n")),
              HasSubstr("line 2: 7 fields where the header has 8"));
  EXPECT_THAT(refusal(WithLine(good, "5,fix,cam0,1,nan,3,2,x\n")),
              HasSubstr("line 2: nis: 'nan' is not finite"));
  EXPECT_THAT(refusal(WithLine(good, "5,fix,cam0,1,1e,3,2,x\n")),
              HasSubstr("line 2: nis: '1e' is no number"));
  EXPECT_THAT(refusal(WithLine(good, "5,fix,cam0,yes,1,3,2,x\n")),
              HasSubstr("accepted: 'yes' is neither 0 nor 1"));
  EXPECT_THAT(refusal(WithLine(good, "5.5,fix,cam0,1,1,3,2,x\n")), HasSubstr("#t_ns: '5.5' is no integer"));
  EXPECT_THAT(refusal(good + "4,fix,cam0,1,1,3,2,x\n"), HasSubstr("line 3: #t_ns: time does not increase"));
  EXPECT_THAT(refusal(WithLine(good, "5,\"fix,cam0,1,1,3,2,x\n")),
              HasSubstr("line 2: a quote is not closed"));
}

TEST(RunErrors, RefuseABadQuaternionAndStatus) {
  const test::TempFolder folder;
  WriteFixes(folder / "fixes.csv", SomeFixes());
  std::string bytes = test::ReadBytes(folder / "fixes.csv");
  bytes.replace(bytes.find("weak"), 4, "fair");
  const auto path = folder.Write("bad.csv", bytes);
  EXPECT_THAT(RefusalOf([&] { ReadFixes(path); }), HasSubstr("line 3: status: 'fair' is no status of a fix"));

  WriteStates(folder / "states.csv", {StateRow{}});
  bytes = test::ReadBytes(folder / "states.csv");
  bytes.replace(bytes.find("0,0,0,0,1,0,0,0"), 15, "0,0,0,0,2,0,0,0");
  const auto states = folder.Write("bad_states.csv", bytes);
  EXPECT_THAT(RefusalOf([&] { ReadStates(states); }),
              HasSubstr("line 2: qw: the quaternion's length is not 1"));
}

TEST(RunErrors, RefuseABrokenFrame) {
  const test::TempFolder folder;
  nav::Fix fix;
  fix.status = nav::FixStatus::kWeak;
  fix.matches = {{}};
  const auto path = folder / "1.json";
  WriteFrame(path, {fix, SomePose(4), 5});
  const std::string good = test::ReadBytes(path);
  const auto refusal = [&](const std::string& bytes) {
    const auto bad = folder.Write("bad.json", bytes);
    return RefusalOf([&] { ReadFrame(bad); });
  };
  EXPECT_THAT(refusal(""), HasSubstr("bad.json: "));
  EXPECT_THAT(refusal("{\"t_ns\": 5}\n"), HasSubstr("has no frame"));
  // Cut anywhere, or with any byte of the entry turned, it is no entry.
  for (std::size_t size = 0; size < good.size(); size += 7) {
    EXPECT_THAT(refusal(good.substr(0, size)), HasSubstr("bad.json: ")) << size;
  }
  for (std::size_t at = good.find("frame") + 7; at + 2 < good.size(); at += 11) {
    std::string turned = good;
    turned[at] = static_cast<char>(turned[at] ^ 1);
    EXPECT_THAT(refusal(turned), HasSubstr("is damaged")) << at;
  }
  EXPECT_THAT(refusal(good + "x"), HasSubstr("its length is another one"));
  EXPECT_THAT(RefusalOf([&] { ReadFrame(folder / "none.json"); }), HasSubstr("cannot be opened"));
}

TEST(RunTables, GrowToTheBytesOfTheWholeTables) {
  const test::TempFolder folder;
  const std::vector<FixRow> fixes = SomeFixes();
  const std::vector<EventRow> events = {{5, "fix", "cam0", true, 1, 3, 2, "x, y"},
                                        {6, "range", "a", false, 0, 1, 2, ""}};
  StateRow state;
  state.state.t_ns = -1'500'000'000;
  {
    RunTables tables(folder.path());
    for (const FixRow& row : fixes) tables.Add(row);
    tables.Add(state);
    for (const EventRow& row : events) tables.Add(row);
    tables.Close();
  }
  const test::TempFolder whole;
  WriteFixes(whole / "fixes.csv", fixes);
  WriteStates(whole / "states.csv", {state});
  WriteEvents(whole / "events.csv", events);
  WriteTum(whole / "trajectory.tum", {state});
  for (const char* name : {"fixes.csv", "states.csv", "events.csv", "trajectory.tum"}) {
    EXPECT_EQ(test::ReadBytes(folder / name), test::ReadBytes(whole / name)) << name;
  }
  EXPECT_THAT(test::ReadBytes(whole / "trajectory.tum"), ::testing::StartsWith("-1.500000000 "));
}

}  // namespace
}  // namespace perilune::datasets
