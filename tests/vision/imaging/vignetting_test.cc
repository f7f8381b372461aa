#include "vision/imaging/vignetting.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "dem/frames/moon.h"

namespace perilune::vision {
namespace {

// 90° field, 101 px: the corner pixel's centre is tan θ = √2 · 50/50.5 off the axis, cos² θ = 1/(1 + tan² θ).
TEST(Vignetting, NaturalFallOffInTheCorner) {
  const Camera camera = PinholeCamera(101, dem::DegToRad(90));
  VignettingOptions options;
  options.cos_power = 4;
  const cv::Mat map = VignettingMap(options, camera);
  EXPECT_EQ(map.at<float>(50, 50), 1);
  const double cos2 = 1 / (1 + 2 * std::pow(50 / 50.5, 2));
  EXPECT_NEAR(map.at<float>(0, 0), cos2 * cos2, 1e-6);
  EXPECT_NEAR(map.at<float>(100, 0), cos2 * cos2, 1e-6);
}

// An equidistant fisheye: cos⁴ of 1 rad on the edge.
TEST(Vignetting, NaturalFallOffOfAFisheye) {
  Camera camera = FisheyeCamera(201, 2.01);
  VignettingOptions options;
  options.cos_power = 4;
  EXPECT_NEAR(VignettingMap(options, camera).at<float>(100, 200), std::pow(std::cos(1.0), 4), 1e-6);
}

TEST(Vignetting, PolynomialByHand) {
  Camera camera = PinholeCamera(101, 1);
  VignettingOptions options;
  options.k2 = -0.3;
  options.k4 = 0.1;
  options.k6 = -0.05;
  const double s = std::pow(50 / 50.5, 2);
  EXPECT_NEAR(VignettingMap(options, camera).at<float>(0, 0), 1 - 0.3 * s + 0.1 * s * s - 0.05 * s * s * s,
              1e-6);
  options.k2 = -10;
  EXPECT_EQ(VignettingMap(options, camera).at<float>(0, 0), 0);
}

TEST(Vignetting, RefusesBadOptions) {
  VignettingOptions options;
  options.cos_power = -1;
  EXPECT_THROW(VignettingMap(options, PinholeCamera(10, 1)), std::invalid_argument);
  EXPECT_THROW(VignettingMap({}, Camera()), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::vision
