#include "nav/fix/fix_from_image.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "tests/support/random_hills.h"

namespace perilune::nav {
namespace {

constexpr double kMapPixel_m = 40;

// A picture of 512 px from 5.5 km above the ground, under another law of reflection than the map is rendered.
struct Picture {
  vision::Camera camera = vision::PinholeCamera(512, dem::DegToRad(60));
  dem::Sun sun = test::SunFrom(20, 110);
  Eigen::Isometry3d truth = Eigen::Isometry3d::Identity();
  cv::Mat pixels;
};

Picture TakePicture(const dem::Terrain& ground) {
  Picture picture;
  picture.truth.linear() = Eigen::Vector3d(1, -1, -1).asDiagonal();
  picture.truth.translation() = Eigen::Vector3d(400, -700, 5500);
  vision::RenderOptions options;
  options.reflectance = vision::Reflectance::kHapke;
  const vision::View view = vision::RenderView(ground, picture.camera, picture.truth, picture.sun, options);
  double brightest = 0;
  cv::minMaxLoc(view.radiance, nullptr, &brightest);
  view.radiance.convertTo(picture.pixels, CV_8U, 250 / brightest);
  return picture;
}

PosePrior Prior(const Picture& picture, const Eigen::Vector3d& off_m) {
  PosePrior prior;
  prior.site_from_cam = picture.truth;
  prior.site_from_cam.translation() += off_m;
  dem::Vector6d sigma;
  sigma << Eigen::Vector3d::Constant(dem::DegToRad(0.1)), 1700, 1700, 200;
  prior.covariance = sigma.cwiseAbs2().asDiagonal();
  return prior;
}

Fix FixFromPrior(const Picture& picture, const dem::Terrain& map, const PosePrior& prior,
                 const FixOptions& options) {
  MapDeclaration declaration;
  declaration.map_pixel_m = kMapPixel_m;
  return FixFromImage(picture.pixels, picture.camera, map, picture.sun, prior, declaration, options);
}

Fix FixOn(const Picture& picture, const dem::Terrain& map, const Eigen::Vector3d& off_m,
          const FixOptions& options = {}) {
  return FixFromPrior(picture, map, Prior(picture, off_m), options);
}

TEST(FixFromImageSlow, APriorKilometresOffIsFoundAndSaysHowAlone) {
  const dem::Terrain ground = test::RandomHills(5);
  const Picture picture = TakePicture(ground);
  const Fix fix = FixOn(picture, ground, {3600, -2400, 300});
  ASSERT_EQ(fix.status, FixStatus::kAccepted) << fix.reason;
  EXPECT_LT((fix.site_from_cam.translation() - picture.truth.translation()).norm(), kMapPixel_m);
  ASSERT_TRUE(fix.ambiguity_ratio.has_value());
  EXPECT_LT(*fix.ambiguity_ratio, 0.7);
}

TEST(FixFromImageSlow, ANearPriorIsNotSearchedAsAWhole) {
  const dem::Terrain ground = test::RandomHills(5);
  const Picture picture = TakePicture(ground);
  PosePrior prior = Prior(picture, {20, 10, 5});
  prior.covariance = dem::Matrix6d::Identity() * 1e-8;
  prior.covariance.bottomRightCorner<3, 3>() = 900 * Eigen::Matrix3d::Identity();
  MapDeclaration declaration;
  declaration.map_pixel_m = kMapPixel_m;
  const Fix fix = FixFromImage(picture.pixels, picture.camera, ground, picture.sun, prior, declaration);
  EXPECT_TRUE(fix.HasPose()) << fix.reason;
  EXPECT_FALSE(fix.ambiguity_ratio.has_value());
}

// No patch may stand out alone: all together say where the camera is, unless they may not either.
TEST(FixFromImageSlow, WherePatchesDoNotStandOutAllTogetherDo) {
  const dem::Terrain ground = test::RandomHills(5);
  const Picture picture = TakePicture(ground);
  PosePrior prior = Prior(picture, {260, -180, 150});
  prior.covariance.block<2, 2>(3, 3) = Eigen::Matrix2d::Identity() * 150 * 150;
  FixOptions options;
  options.match.min_significance = 1e9;
  const Fix found = FixFromPrior(picture, ground, prior, options);
  ASSERT_EQ(found.status, FixStatus::kAccepted) << found.reason;
  EXPECT_LT((found.site_from_cam.translation() - picture.truth.translation()).norm(), kMapPixel_m);
  options.min_joint_significance = 1e9;
  EXPECT_EQ(FixFromPrior(picture, ground, prior, options).status, FixStatus::kTooFewMatches);
}

// Stray light or a black level that nobody has taken away: shadows are grey.
TEST(FixFromImageSlow, AVeilOverTheImageDoesNoHarm) {
  const dem::Terrain ground = test::RandomHills(5);
  Picture picture = TakePicture(ground);
  picture.pixels.convertTo(picture.pixels, CV_8U, 0.4, 60);
  PosePrior prior = Prior(picture, {260, -180, 150});
  prior.covariance.block<2, 2>(3, 3) = Eigen::Matrix2d::Identity() * 150 * 150;
  const Fix fix = FixFromPrior(picture, ground, prior, {});
  ASSERT_EQ(fix.status, FixStatus::kAccepted) << fix.reason;
  EXPECT_LT((fix.site_from_cam.translation() - picture.truth.translation()).norm(), kMapPixel_m);
}

// Two or more places fit equally well: none may be believed.
TEST(FixFromImageSlow, GroundThatRepeatsIsNoFix) {
  const dem::Terrain ground = test::RandomHills(7, 60, 4800);
  const Picture picture = TakePicture(ground);
  const Fix fix = FixOn(picture, ground, {1500, 900, -150});
  EXPECT_FALSE(fix.HasPose());
  EXPECT_NE(fix.reason.find("another place stands out"), std::string::npos) << fix.reason;
  ASSERT_TRUE(fix.ambiguity_ratio.has_value());
  EXPECT_GT(*fix.ambiguity_ratio, 0.9);
}

TEST(FixFromImageSlow, WithoutThatThresholdTheRefinedPlacesContradictEachOther) {
  const dem::Terrain ground = test::RandomHills(7, 60, 4800);
  const Picture picture = TakePicture(ground);
  FixOptions options;
  options.max_ambiguity_ratio = 1;
  const Fix fix = FixOn(picture, ground, {1500, 900, -150}, options);
  EXPECT_FALSE(fix.HasPose());
  EXPECT_EQ(fix.reason, "two places fit the image");
}

TEST(FixFromImageSlow, OtherGroundIsNoFix) {
  const Picture picture = TakePicture(test::RandomHills(5));
  for (std::uint64_t seed = 31; seed <= 33; ++seed) {
    const Fix fix = FixOn(picture, test::RandomHills(seed), {3600, -2400, 300});
    EXPECT_FALSE(fix.HasPose()) << fix.inliers << " inliers of " << fix.attempted;
  }
}

}  // namespace
}  // namespace perilune::nav
