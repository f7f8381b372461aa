#include "vision/matching/normalised_correlation.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "tests/support/random_hills.h"

namespace perilune::vision {
namespace {

cv::Mat Smooth(int width, int height, std::uint64_t seed) {
  cv::Mat picture = test::WhiteNoise(width, height, seed);
  cv::GaussianBlur(picture, picture, {0, 0}, 1.5);
  return picture + 0.5;
}

// Few places and many, sizes that fill no vector and such that do.
TEST(NormalisedCorrelation, IsOpenCvsOnAllProcessors) {
  const cv::Mat picture = Smooth(160, 140, 8);
  for (const cv::Size& size : {cv::Size(64, 64), cv::Size(33, 20), cv::Size(8, 9), cv::Size(80, 80)}) {
    for (const int radius : {0, 1, 4, 11}) {
      const cv::Mat window = picture(cv::Rect(20, 15, size.width + 2 * radius, size.height + 2 * radius));
      const cv::Mat pattern = Smooth(160, 140, 9)(cv::Rect(3, 4, size.width, size.height)) +
                              0.3 * picture(cv::Rect({22, 16}, size));
      cv::Mat expected;
      cv::matchTemplate(window, pattern, expected, cv::TM_CCOEFF_NORMED);
      const cv::Mat first = NormalisedCorrelation(window, pattern, dem::AvailableSimdLevels().front());
      ASSERT_EQ(first.size(), expected.size());
      EXPECT_LT(cv::norm(first, expected, cv::NORM_INF), 2e-5) << size << ", radius " << radius;
      for (const dem::SimdLevel level : dem::AvailableSimdLevels()) {
        EXPECT_EQ(cv::norm(first, NormalisedCorrelation(window, pattern, level), cv::NORM_INF), 0)
            << dem::SimdLevelName(level);
      }
    }
  }
}

TEST(NormalisedCorrelation, AnEvenWindowHasNone) {
  const cv::Mat even(30, 30, CV_32F, cv::Scalar(0.7F));
  const cv::Mat scores = NormalisedCorrelation(even, Smooth(24, 24, 9), dem::ChosenSimdLevel());
  EXPECT_EQ(cv::norm(scores, cv::NORM_INF), 0);
}

TEST(NormalisedCorrelation, APatternIsFoundWhereItWasCut) {
  const cv::Mat picture = Smooth(120, 120, 10);
  const cv::Mat scores = NormalisedCorrelation(picture(cv::Rect(30, 40, 60, 58)),
                                               picture(cv::Rect(34, 43, 50, 50)), dem::ChosenSimdLevel());
  cv::Point place;
  double best = 0;
  cv::minMaxLoc(scores, nullptr, &best, nullptr, &place);
  EXPECT_EQ(place, cv::Point(4, 3));
  EXPECT_NEAR(best, 1, 1e-5);
}

}  // namespace
}  // namespace perilune::vision
