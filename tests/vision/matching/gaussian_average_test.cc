#include "vision/matching/gaussian_average.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "tests/support/random_hills.h"
#include "vision/matching/gaussian_blur.h"

namespace perilune::vision {
namespace {

cv::Mat AsPicture(const GaussianAverage& average, const cv::Size& size) {
  cv::Mat picture(size, CV_32F);
  std::vector<float> scratch(static_cast<std::size_t>(size.width));
  for (int row = 0; row < size.height; ++row) {
    const float* from = average.Row(row, scratch.data());
    std::copy(from, from + size.width, picture.ptr<float>(row));
  }
  return picture;
}

// OpenCV's filter of the same picture.
cv::Mat Filtered(const cv::Mat& picture, double sigma_px) {
  cv::Mat filtered;
  cv::GaussianBlur(picture, filtered, {0, 0}, sigma_px, 0, cv::BORDER_REFLECT_101);
  return filtered;
}

double Spread(const cv::Mat& picture) {
  cv::Scalar mean, deviation;
  cv::meanStdDev(picture, mean, deviation);
  return deviation[0];
}

TEST(GaussianBlurred, IsOpenCvsOnAllProcessors) {
  for (const cv::Size& size : {cv::Size(203, 131), cv::Size(16, 1), cv::Size(5, 70), cv::Size(64, 64)}) {
    const cv::Mat picture = test::WhiteNoise(size.width, size.height, 3);
    for (const double sigma_px : {0.5, 1.1, 2.7}) {
      const cv::Mat expected = Filtered(picture, sigma_px);
      const cv::Mat first = GaussianBlurred(picture, sigma_px, dem::AvailableSimdLevels().front());
      EXPECT_LT(cv::norm(first, expected, cv::NORM_INF), 2e-6) << size << ", sigma " << sigma_px;
      for (const dem::SimdLevel level : dem::AvailableSimdLevels()) {
        EXPECT_EQ(cv::norm(first, GaussianBlurred(picture, sigma_px, level), cv::NORM_INF), 0)
            << dem::SimdLevelName(level);
      }
    }
  }
}

// A part of a larger picture, whose rows do not follow each other: what lies beside it is not read.
TEST(GaussianBlurred, APartIsFilteredAsIfItWereAlone) {
  const cv::Mat whole = test::WhiteNoise(120, 90, 4), part = whole(cv::Rect(31, 7, 70, 60));
  EXPECT_EQ(cv::norm(GaussianBlurred(part, 1.5), GaussianBlurred(part.clone(), 1.5), cv::NORM_INF), 0);
}

// Sizes that no grid divides, and white noise: its average lives on what the filter hardly lets through.
TEST(GaussianAverage, WideOnesAreNearlyTheFilter) {
  const cv::Size size(401, 263);
  const cv::Mat picture = test::WhiteNoise(size.width, size.height, 5);
  const std::vector<GaussianAverage> octaves = GaussianAverage::Octaves(picture, 1.3, 5);
  for (std::size_t i = 0; i < octaves.size(); ++i) {
    const double sigma_px = 1.3 * std::exp2(static_cast<double>(i));
    const cv::Mat expected = Filtered(picture, sigma_px);
    // A coarse pixel at the border is as wide as half a sigma.
    const int margin = sigma_px > 3 ? static_cast<int>(sigma_px) : 0;
    const cv::Rect inside(margin, margin, size.width - 2 * margin, size.height - 2 * margin);
    const double share = sigma_px > 3 ? 0.15 : 1e-4;
    const GaussianAverage alone(picture, sigma_px);
    for (const GaussianAverage& average : {octaves[i], alone}) {
      const cv::Mat off = AsPicture(average, size) - expected;
      EXPECT_LT(Spread(off(inside)), share * Spread(expected(inside))) << sigma_px;
    }
  }
}

// A ramp is its own average: neither the reduction nor the enlargement may move it, at either end.
TEST(GaussianAverage, NothingMoves) {
  const double slope = std::hypot(2.0, 3.0);
  cv::Mat ramp(97, 205, CV_32F);
  for (int row = 0; row < ramp.rows; ++row) {
    for (int col = 0; col < ramp.cols; ++col)
      ramp.at<float>(row, col) = static_cast<float>(2 * col - 3 * row);
  }
  const std::vector<GaussianAverage> octaves = GaussianAverage::Octaves(ramp, 1, 4);
  for (std::size_t i = 0; i < octaves.size(); ++i) {
    const int margin = 5 << i;  // five sigmas: the mirrored border does bend it
    const cv::Rect inside(margin, margin, ramp.cols - 2 * margin, ramp.rows - 2 * margin);
    const cv::Mat off = AsPicture(octaves[i], ramp.size()) - ramp;
    EXPECT_LT(cv::norm(off(inside), cv::NORM_INF), slope * 0.002 * std::exp2(static_cast<double>(i)))
        << i;  // a 500th of a sigma
  }
}

TEST(GaussianAverage, APictureOfAPixelIsItself) {
  const cv::Mat pixel(1, 1, CV_32F, cv::Scalar(3));
  float scratch = 0;
  EXPECT_FLOAT_EQ(*GaussianAverage(pixel, 35).Row(0, &scratch), 3);
}

}  // namespace
}  // namespace perilune::vision
