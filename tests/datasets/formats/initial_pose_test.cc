#include "datasets/formats/initial_pose.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "dem/ephemeris/time_scales.h"
#include "dem/frames/site.h"
#include "dem/io/data_error.h"
#include "tests/support/temp_folder.h"

namespace perilune::datasets {
namespace {

using ::testing::HasSubstr;

std::string RefusalOfPose(const std::string& text) {
  const test::TempFolder folder;
  try {
    ReadInitialPose(folder.Write("pose.json", text));
  } catch (const dem::DataError& error) {
    return error.what();
  }
  return "nothing was refused";
}

TEST(InitialPose, OverAPlaceIsWhatTheAnglesSay) {
  // Over latitude 0, longitude 0 up is +x, east +y, north +z of the Moon.
  const Eigen::Isometry3d down = CameraOverPlace({{0, 0}, 1000}, 0, 0);
  EXPECT_TRUE(down.translation().isApprox(Eigen::Vector3d(dem::kMoonRadius_m + 1000, 0, 0)));
  EXPECT_TRUE(down.linear().col(0).isApprox(Eigen::Vector3d(0, 1, 0)));   // right: east
  EXPECT_TRUE(down.linear().col(1).isApprox(Eigen::Vector3d(0, 0, -1)));  // down: south
  EXPECT_TRUE(down.linear().col(2).isApprox(Eigen::Vector3d(-1, 0, 0)));  // the ground
  // Tilted by a right angle towards the east it looks there, with the zenith up in the picture.
  const Eigen::Isometry3d level = CameraOverPlace({{0, 0}, 1000}, dem::kPi / 2, dem::kPi / 2);
  EXPECT_TRUE(level.linear().col(2).isApprox(Eigen::Vector3d(0, 1, 0)));
  EXPECT_TRUE(level.linear().col(1).isApprox(Eigen::Vector3d(-1, 0, 0)));
}

TEST(InitialPose, ReadsEverythingThatAFileMayState) {
  const test::TempFolder folder;
  const InitialPose pose = ReadInitialPose(folder.Write("p.json", R"({
    "latitude_deg": 0, "longitude_deg": 0, "height_m": 500, "azimuth_deg": 90,
    "time_utc": "2026-03-01T12:00:00", "position_sigma_m": [1, 2, 3], "attitude_sigma_deg": 180,
    "velocity_in_moon_mps": [7, 8, 9], "velocity_sigma_mps": 0.5})"));
  EXPECT_EQ(pose.moon_from_cam.matrix(), CameraOverPlace({{0, 0}, 500}, dem::DegToRad(90), 0).matrix());
  EXPECT_EQ(pose.tai_ns, dem::ParseUtc("2026-03-01T12:00:00"));
  EXPECT_FALSE(pose.t_ns);
  EXPECT_EQ(*pose.position_sigma_m, Eigen::Vector3d(1, 2, 3));
  EXPECT_NEAR(*pose.attitude_sigma_rad, dem::kPi, 1e-15);

  SequenceInfo info;
  info.site = dem::MakeSite({0, 0});
  info.body_from_cam.translation() = Eigen::Vector3d(0, 0, 2);  // two metres ahead of the body, its axes
  const Prior prior = PriorOf(pose, info, 42, 1700);
  EXPECT_EQ(prior.t_ns, 42);
  // The camera looks down: the body is two metres above it.
  EXPECT_TRUE(prior.site_from_body.translation().isApprox(Eigen::Vector3d(0, 0, 502), 1e-9));
  EXPECT_TRUE(prior.velocity_in_site_mps.isApprox(Eigen::Vector3d(8, 9, 7)));  // east, north, up
  EXPECT_EQ(prior.velocity_sigma_mps, 0.5);
}

TEST(InitialPose, AnUnknownVelocityIsWide) {
  const test::TempFolder folder;
  const InitialPose pose = ReadInitialPose(folder.Write("p.json", R"({"t_ns": 5,
    "cam_from_moon_rotation": [[1,0,0],[0,1,0],[0,0,1]], "camera_position_in_moon_m": [0, 0, -1800000],
    "position_sigma_m": 10, "attitude_sigma_deg": 1})"));
  EXPECT_EQ(pose.t_ns, 5);
  const Prior prior = PriorOf(pose, SequenceInfo(), 5, 1700);
  EXPECT_EQ(prior.velocity_sigma_mps, 1700);
  EXPECT_EQ(prior.velocity_in_site_mps, Eigen::Vector3d(0, 0, 0));
  EXPECT_EQ(prior.position_sigma_m, Eigen::Vector3d(10, 10, 10));
  InitialPose bare = pose;
  bare.position_sigma_m.reset();
  EXPECT_THROW(PriorOf(bare, SequenceInfo(), 5, 1700), std::invalid_argument);
}

TEST(InitialPose, RefusesWithTheKey) {
  EXPECT_THAT(RefusalOfPose("[]"), HasSubstr("pose.json: the file must be an object"));
  EXPECT_THAT(RefusalOfPose("{}"), HasSubstr("cam_from_moon_rotation is missing"));
  EXPECT_THAT(RefusalOfPose(R"({"latitude_deg": 91, "longitude_deg": 0, "height_m": 1})"),
              HasSubstr("latitude_deg must be between"));
  EXPECT_THAT(
      RefusalOfPose(
          R"({"latitude_deg": 1, "longitude_deg": 0, "height_m": 1, "velocity_in_moon_mps": [1, 2, 3]})"),
      HasSubstr("velocity_sigma_mps is missing"));
  EXPECT_THAT(RefusalOfPose(R"({"latitude_deg": 1, "longitude_deg": 0, "height_m": 1, "speed": 3})"),
              HasSubstr("speed is unknown"));
  EXPECT_THAT(
      RefusalOfPose(R"({"latitude_deg": 1, "longitude_deg": 0, "height_m": 1, "t_ns": 3, "time_utc": "x"})"),
      HasSubstr("give one"));
}

}  // namespace
}  // namespace perilune::datasets
