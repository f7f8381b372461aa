#include "vision/imaging/stray_light.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

namespace perilune::vision {
namespace {

// Half bright (0.2), half dark (0): mean 0.1. 3 % of glare: 0.97 · 0.2 + 0.003 and 0.003; the mean stays.
TEST(StrayLight, VeilingGlareByHand) {
  cv::Mat light(10, 10, CV_32F, cv::Scalar(0));
  light.colRange(0, 5) = 0.2F;
  StrayLightOptions options;
  options.veiling_glare = 0.03;
  const cv::Mat seen = AddStrayLight(light, options, PinholeCamera(10, 1), {});
  EXPECT_NEAR(seen.at<float>(3, 0), 0.197, 1e-7);
  EXPECT_NEAR(seen.at<float>(3, 9), 0.003, 1e-7);
  EXPECT_NEAR(cv::mean(seen)[0], 0.1, 1e-7);
}

// The Sun to the right and before the lens: half the glow in the middle, (1 + 50/(50.5 √2))/2 of it on the
// right edge.
TEST(StrayLight, GlowLiesTowardsTheSun) {
  const cv::Mat light(101, 101, CV_32F, cv::Scalar(0.1));
  StrayLightOptions options;
  options.sun_glow = 0.4;
  const Camera camera = PinholeCamera(101, 1);
  const cv::Mat seen = AddStrayLight(light, options, camera, Eigen::Vector3d(0.8, 0, 0.6));
  const double along = 50 / (50.5 * std::sqrt(2));
  EXPECT_NEAR(seen.at<float>(50, 50), 0.1 + 0.04 * 0.5, 1e-7);
  EXPECT_NEAR(seen.at<float>(50, 100), 0.1 + 0.04 * (0.5 + 0.5 * along), 1e-7);
  EXPECT_NEAR(seen.at<float>(50, 0), 0.1 + 0.04 * (0.5 - 0.5 * along), 1e-7);
  // Behind the lens, or nowhere: none.
  EXPECT_EQ(
      cv::norm(AddStrayLight(light, options, camera, Eigen::Vector3d(0.8, 0, -0.6)), light, cv::NORM_INF), 0);
  EXPECT_EQ(cv::norm(AddStrayLight(light, options, camera, {}), light, cv::NORM_INF), 0);
}

TEST(StrayLight, GhostLiesOppositeThePrincipalPoint) {
  cv::Mat light(61, 61, CV_32F, cv::Scalar(0));
  light.at<float>(10, 20) = 1;
  StrayLightOptions options;
  options.ghost = 0.02;
  options.ghost_blur_px = 0;
  Camera camera = PinholeCamera(61, 1);
  camera.cx_px = 29;  // 2 · 29 − 20 = 38, 2 · 30 − 10 = 50
  const cv::Mat seen = AddStrayLight(light, options, camera, {});
  EXPECT_FLOAT_EQ(seen.at<float>(50, 38), 0.02F);
  EXPECT_NEAR(cv::sum(seen)[0], 1.02, 1e-6);
  options.ghost_blur_px = 3;
  EXPECT_NEAR(cv::sum(AddStrayLight(light, options, camera, {}))[0], 1.02, 1e-5);
}

TEST(StrayLight, RefusesBadOptions) {
  StrayLightOptions options;
  options.veiling_glare = 1.1;
  EXPECT_THROW(options.Validate(), std::invalid_argument);
  options = {};
  options.ghost_blur_px = -1;
  EXPECT_THROW(options.Validate(), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::vision
