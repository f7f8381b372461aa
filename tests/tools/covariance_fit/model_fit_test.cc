#include "tools/covariance_fit/model_fit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/Cholesky>

#include "dem/ephemeris/sub_solar.h"
#include "dem/io/data_error.h"
#include "dem/synthesis/random.h"
#include "tests/support/synthetic_matches.h"
#include "tests/support/temp_folder.h"

namespace perilune::tools {
namespace {

using ::testing::HasSubstr;

constexpr int kPoses = 200;

/// Poses whose errors are drawn from what `truth` says of them: half under a Sun of 5 degrees, half of 60.
std::vector<DeclaredPose> DrawnPoses(const nav::MatchErrorModel& truth) {
  std::vector<DeclaredPose> poses;
  for (std::uint64_t k = 0; k < kPoses; ++k) {
    DeclaredPose pose;
    pose.group = k % 2 == 0 ? "low" : "high";
    pose.unit = std::to_string(k / 10);
    pose.camera = vision::PinholeCamera(1024, dem::DegToRad(60));
    pose.solved.site_from_cam = test_support::NadirPose(6000);
    pose.solved.matches = test_support::ExactMatches(pose.camera, pose.solved.site_from_cam, 40, 60, k);
    for (vision::Match& match : pose.solved.matches) {
      match.covariance_px2 *= 0.04;
      match.patch_size_px = 100;
    }
    pose.solved.weight.assign(40, 1.0);
    pose.solved.prior_information.topLeftCorner<3, 3>() =
        Eigen::Matrix3d::Identity() / std::pow(dem::DegToRad(0.01), 2);
    pose.map.map_pixel_m = 20;
    pose.sun = dem::SunFromAngles({dem::DegToRad(k % 2 == 0 ? 5 : 60), dem::DegToRad(90)});
    pose.pixel_m = 20;
    dem::Vector6d normal;
    for (int i = 0; i < 6; ++i) normal[i] = dem::RandomNormal(11, k, static_cast<std::uint64_t>(i));
    pose.error = pose.Covariance(truth).llt().matrixL() * normal;
    poses.push_back(std::move(pose));
  }
  return poses;
}

// Two shifts that dominate what they are fitted to: an error of a hundred poses in one direction gives its
// sigma to 1/√200 = 7 %; four times that is asked for.
TEST(ModelFit, FindsTheConstantsThatErrorsWereDrawnWith) {
  nav::MatchErrorModel truth, start;
  truth.grazing_shift_px = 0.6;
  truth.high_shift_px = 0.4;
  start.grazing_shift_px = 0.2;
  start.high_shift_px = 0.1;
  const std::vector<DeclaredPose> poses = DrawnPoses(truth);
  const nav::MatchErrorModel found =
      FitModel(poses, start,
               {"few_patches", "overlap_power", "grazing_elevation_rad", "shift_across",
                "landmark_height_map_px", "grazing_landmark_height_map_px", "high_landmark_height_map_px"});
  EXPECT_NEAR(found.grazing_shift_px / truth.grazing_shift_px, 1, 0.28);
  EXPECT_NEAR(found.high_shift_px / truth.high_shift_px, 1, 0.28);
  EXPECT_EQ(found.few_patches, start.few_patches);
  EXPECT_GT(LogLikelihood(poses, found), LogLikelihood(poses, start));
  EXPECT_GE(LogLikelihood(poses, found), LogLikelihood(poses, truth));
}

TEST(ModelFit, AConstantThatDoesNotExistIsRefused) {
  EXPECT_THROW(FitModel({}, {}, {"gravity"}), std::invalid_argument);
}

// NEES of honest errors: 3 and 6, means of 200 to √(6/200) = 0.17 and √(12/200) = 0.24.
TEST(ModelFit, TheTableHasTheNeesOfEachGroup) {
  const nav::MatchErrorModel truth;
  const std::vector<DeclaredPose> poses = DrawnPoses(truth);
  const std::string table = FitTable(poses, truth, truth);
  EXPECT_THAT(table, HasSubstr("| low | 100 | 20 |"));
  EXPECT_THAT(table, HasSubstr("| all | 200 | 20 |"));
  double position = 0, whole = 0;
  const std::size_t row = table.find("| all |");
  ASSERT_EQ(std::sscanf(table.c_str() + row, "| all | 200 | 20 | %lf | %*f | %lf", &position, &whole), 2);
  EXPECT_NEAR(position, 3, 0.7);
  EXPECT_NEAR(whole, 6, 1);
}

TEST(DeclaredPose, ComesBackFromItsFile) {
  const test::TempFolder folder;
  const nav::MatchErrorModel model;
  std::vector<DeclaredPose> poses = DrawnPoses(model);
  poses.resize(3);
  WriteDeclaredPoses(folder / "poses.jsonl", poses);
  const std::vector<DeclaredPose> back = ReadDeclaredPoses(folder / "poses.jsonl");
  ASSERT_EQ(back.size(), 3U);
  EXPECT_EQ(back[1].group, "high");
  EXPECT_EQ(back[1].error, poses[1].error);
  EXPECT_EQ(back[1].Covariance(model), poses[1].Covariance(model));
  folder.Write("cut.jsonl", test::ReadBytes(folder / "poses.jsonl").substr(0, 500));
  EXPECT_THROW(ReadDeclaredPoses(folder / "cut.jsonl"), dem::DataError);
}

}  // namespace
}  // namespace perilune::tools
