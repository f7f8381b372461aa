#include "tools/crater_detections/exposed_picture.h"

#include <gtest/gtest.h>

#include <limits>

namespace perilune::tools {
namespace {

// A ramp from 0 to 0.99 in steps of 0.01, and as much of nothing seen: one pixel in a hundred is at 0.98 and
// above (two of 200), where the grey value is 230.
TEST(ExposedPicture, OnePercentIsBrightAndNothingSeenIsDark) {
  cv::Mat radiance(2, 100, CV_32F, cv::Scalar(std::numeric_limits<float>::quiet_NaN()));
  for (int col = 0; col < 100; ++col) radiance.at<float>(0, col) = 0.01F * static_cast<float>(col);
  const cv::Mat picture = ExposedPicture(radiance, 0, 1);
  ASSERT_EQ(picture.type(), CV_8U);
  EXPECT_EQ(picture.at<std::uint8_t>(0, 98), 230);
  EXPECT_EQ(picture.at<std::uint8_t>(0, 49), 115);
  EXPECT_EQ(picture.at<std::uint8_t>(0, 99), 232);
  EXPECT_EQ(cv::countNonZero(picture.row(1)), 0);
}

}  // namespace
}  // namespace perilune::tools
