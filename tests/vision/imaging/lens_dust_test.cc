#include "vision/imaging/lens_dust.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

namespace perilune::vision {
namespace {

TEST(LensDust, CleanLensIsClear) {
  const cv::Mat map = LensDustMap({}, {64, 48}, 1);
  EXPECT_EQ(cv::countNonZero(map != 1), 0);
}

// A Gaussian spot of radius r and depth d takes 2π r² d pixels' worth of light; depths are even up to 0.2 and
// radii are all 3 px: 2π · 9 · 0.1 = 5.65 a spot. 4 000 spots over 4 Mpx overlap by 1 % and lose 1 % at the
// edges.
TEST(LensDust, SpotsTakeTheirShareOfTheLight) {
  LensDustOptions options;
  options.count = 4000;
  options.smallest_radius_px = options.largest_radius_px = 3;
  options.deepest = 0.2;
  const cv::Mat map = LensDustMap(options, {2000, 2000}, 7);
  const double taken = 4e6 - cv::sum(map)[0];
  const double expected = 4000 * 2 * M_PI * 9 * 0.1;
  EXPECT_NEAR(taken / expected, 1, 4 / std::sqrt(3 * 4000.0) + 0.02);  // depth: 1 sigma = mean/√3
  double lowest, highest;
  cv::minMaxLoc(map, &lowest, &highest);
  EXPECT_LE(highest, 1);
  EXPECT_GT(lowest, 0.4);
}

TEST(LensDust, BelongsToTheCamera) {
  LensDustOptions options;
  options.count = 20;
  const cv::Size size(200, 100);
  EXPECT_EQ(cv::norm(LensDustMap(options, size, 3), LensDustMap(options, size, 3), cv::NORM_INF), 0);
  EXPECT_GT(cv::norm(LensDustMap(options, size, 3), LensDustMap(options, size, 4), cv::NORM_INF), 0.01);
}

TEST(LensDust, RefusesBadOptions) {
  LensDustOptions options;
  options.count = -1;
  EXPECT_THROW(options.Validate(), std::invalid_argument);
  options = {};
  options.largest_radius_px = 2;
  EXPECT_THROW(options.Validate(), std::invalid_argument);
  options = {};
  options.deepest = 1.2;
  EXPECT_THROW(options.Validate(), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::vision
