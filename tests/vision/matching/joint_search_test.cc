#include "vision/matching/joint_search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <opencv2/core.hpp>
#include <vector>

#include "tests/vision/matching/texture.h"

namespace perilune::vision {
namespace {

constexpr int kSide_px = 240;
constexpr double kCameraHeight_m = 1000;  // of the camera over the plane, which it faces

// A textured plane from a camera that looks along +z, rolled about it; one pixel of the texture is one of the
// view from the origin.
View ViewFrom(const Eigen::Vector3d& place_m, std::uint64_t texture_seed, double roll_rad = 0) {
  const Texture texture(texture_seed);
  View view = FlatView(cv::Mat(kSide_px, kSide_px, CV_32F));
  view.site_from_cam.translation() = place_m;
  view.site_from_cam.linear() = Eigen::AngleAxisd(roll_rad, Eigen::Vector3d::UnitZ()).toRotationMatrix();
  const double depth_m = kCameraHeight_m - place_m.z();
  const double texture_px_per_m = view.camera.fx_px / kCameraHeight_m;
  for (int row = 0; row < kSide_px; ++row) {
    for (int col = 0; col < kSide_px; ++col) {
      const Eigen::Vector3d ray =
          view.site_from_cam.linear() * view.camera.Unproject(Eigen::Vector2d(col, row));
      const Eigen::Vector3d ground_m = place_m + ray * (depth_m / ray.z());
      view.radiance.at<float>(row, col) =
          static_cast<float>(texture.At(texture_px_per_m * ground_m.x(), texture_px_per_m * ground_m.y()));
      view.range_m.at<double>(row, col) = depth_m / ray.z();
    }
  }
  return view;
}

// A tenth of the contrast, under image noise of `share` times what is left of it: nothing gets dark.
cv::Mat Noisy(const cv::Mat& image, double share, std::uint64_t seed) {
  cv::Scalar mean, deviation;
  cv::meanStdDev(image, mean, deviation);
  return AddNoise(mean[0] + 0.1 * (image - mean[0]), 0.1 * share * deviation[0], 0, seed);
}

dem::Matrix6d Prior(double attitude_rad, const Eigen::Vector3d& sigma_m) {
  dem::Matrix6d covariance = dem::Matrix6d::Identity() * attitude_rad * attitude_rad;
  covariance.bottomRightCorner<3, 3>() = Eigen::Matrix3d(sigma_m.cwiseAbs2().asDiagonal());
  return covariance;
}

MatchOptions Patches() {
  MatchOptions options = SmallPatches();
  options.search_radius_px = 24;
  return options;
}

// A pixel at the view's centre, in m; its edge lies 120 px away, where a height moves the ground by a pixel.
const double kPixel_m = kCameraHeight_m / PinholeCamera(kSide_px, dem::DegToRad(60)).fx_px;
const double kHeightOfAPixel_m = kCameraHeight_m / (kSide_px / 2);

TEST(SearchJointly, FindsTheCameraAlongAllAxes) {
  const dem::Matrix6d prior = Prior(1e-5, {25, 25, 60});
  for (const double roll_rad : {0.0, 2.1}) {
    const View expected = ViewFrom({0, 0, 0}, 8, roll_rad);
    for (const Eigen::Vector3d& place_m :
         {Eigen::Vector3d(38, -21, 0), Eigen::Vector3d(-30, 17, 90), Eigen::Vector3d(12, 40, -70)}) {
      const cv::Mat image = ViewFrom(place_m, 8, roll_rad).radiance;
      const auto found = SearchJointly(image, expected, prior, 3, Patches());
      ASSERT_TRUE(found);
      EXPECT_GT(found->significance, 25);
      const Eigen::Vector3d error_m = found->site_from_cam.translation() - place_m;
      EXPECT_LT(error_m.head<2>().norm(), 2 * kPixel_m) << roll_rad << ": " << place_m.transpose();
      EXPECT_LT(std::abs(error_m.z()), 2 * kHeightOfAPixel_m) << roll_rad << ": " << place_m.transpose();
    }
  }
}

// Turned about the camera's y axis, a move of 38 of 1000 m along its x axis (the site's y) looks alike.
TEST(SearchJointly, ATurnIsTakenForTheMoveThatItLooksLike) {
  const double roll_rad = dem::kPi / 2;
  const View expected = ViewFrom({0, 0, 0}, 8, roll_rad);
  const Eigen::Vector3d place_m(0, 38, 0);  // along the camera's x
  dem::Matrix6d prior = Prior(1e-4, {0.5, 0.5, 0.5});
  prior(1, 1) = 0.02 * 0.02;
  const cv::Mat image = ViewFrom(place_m, 8, roll_rad).radiance;
  const auto found = SearchJointly(image, expected, prior, 3, Patches());
  ASSERT_TRUE(found);
  EXPECT_LT((found->site_from_cam.translation() - place_m).head<2>().norm(), 2 * kPixel_m);
  prior(1, 1) = prior(0, 0);
  prior(0, 0) = 0.02 * 0.02;  // about x it cannot have been
  const auto elsewhere = SearchJointly(image, expected, prior, 3, Patches());
  ASSERT_TRUE(elsewhere);
  EXPECT_GT((elsewhere->site_from_cam.translation() - place_m).head<2>().norm(), 30);
}

TEST(SearchJointly, PatchesOfWhichNoneStandsOutDoTogether) {
  const View expected = ViewFrom({0, 0, 0}, 8);
  const Eigen::Vector3d place_m(38, -21, 30);
  const cv::Mat image = Noisy(ViewFrom(place_m, 8).radiance, 14, 5);
  EXPECT_LE(MatchMap(image, expected, Patches()).matches.size(), 2u);
  const auto found = SearchJointly(image, expected, Prior(1e-5, {25, 25, 60}), 3, Patches());
  ASSERT_TRUE(found);
  EXPECT_GT(found->significance, 10);  // the highest of 100 000 places in noise has less than five
  EXPECT_LT((found->site_from_cam.translation() - place_m).head<2>().norm(), 3 * kPixel_m);
}

TEST(SearchJointly, OtherGroundIsNotFound) {
  const View expected = ViewFrom({0, 0, 0}, 8);
  std::vector<double> significance;
  for (std::uint64_t other = 100; other < 109; ++other) {
    const cv::Mat image = Noisy(ViewFrom({10, 5, 0}, other).radiance, 1, other);
    const auto found = SearchJointly(image, expected, Prior(1e-5, {25, 25, 60}), 3, Patches());
    ASSERT_TRUE(found);
    significance.push_back(found->significance);
  }
  std::sort(significance.begin(), significance.end());
  EXPECT_LT(significance[4], 20);
  EXPECT_LT(significance.back(), 25);
}

TEST(SearchJointly, StaysWithinThePrior) {
  const View expected = ViewFrom({0, 0, 0}, 8);
  const Eigen::Vector3d sigma_m(5, 5, 10);
  const auto found =
      SearchJointly(ViewFrom({40, 0, 0}, 8).radiance, expected, Prior(1e-5, sigma_m), 3, Patches());
  ASSERT_TRUE(found);
  EXPECT_LE(found->site_from_cam.translation().cwiseQuotient(sigma_m).norm(), 3.01);
}

TEST(SearchJointly, NothingWithoutContrastOrRoom) {
  View flat = ViewFrom({0, 0, 0}, 8);
  const cv::Mat image = flat.radiance.clone();
  MatchOptions options = Patches();
  options.patch_size_px = kSide_px + 10;
  EXPECT_FALSE(SearchJointly(image, flat, Prior(1e-5, {25, 25, 60}), 3, options));
  flat.radiance.setTo(0.3);
  EXPECT_FALSE(SearchJointly(image, flat, Prior(1e-5, {25, 25, 60}), 3, Patches()));
}

}  // namespace
}  // namespace perilune::vision
