#include "tools/realism/photo_comparison.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <opencv2/imgproc.hpp>
#include <stdexcept>

#include "dem/frames/moon.h"
#include "dem/synthesis/random.h"

namespace perilune::tools {
namespace {

constexpr int kPhotoSide = 512;

cv::Mat Noise(std::uint64_t seed, double mean, double sigma) {
  cv::Mat picture(kPhotoSide, kPhotoSide, CV_32F);
  for (int i = 0; i < kPhotoSide * kPhotoSide; ++i) {
    picture.at<float>(i / kPhotoSide, i % kPhotoSide) =
        static_cast<float>(mean + sigma * dem::RandomNormal(seed, 0, i));
  }
  return picture;
}

cv::Mat EightBits(const cv::Mat& picture) {
  cv::Mat photo;
  picture.convertTo(photo, CV_8U);
  return photo;
}

// Two pictures that share a signal, each with noise of the signal's own variance: correlation 1/2.
TEST(PhotoComparison, CorrelationOfASharedSignalIsItsShareOfTheVariance) {
  const cv::Mat signal = Noise(1, 0, 12);
  const cv::Mat photo = EightBits(signal + Noise(2, 128, 12)), radiance = (signal + Noise(3, 128, 12)) / 1000;
  const PhotoComparison result = ComparePhoto(photo, radiance);
  EXPECT_EQ(result.windows, 64);
  EXPECT_EQ(result.marked, 0);
  // 4096 independent pixels a window: 1 sigma of its correlation is (1 − 1/4) / 64 = 0.012, of their median
  // 0.002.
  EXPECT_NEAR(result.unfiltered_linear.median, 0.5, 0.006);
  EXPECT_NEAR(result.unfiltered_linear.p10, 0.5 - 1.28 * 0.012, 0.008);
  // A low-pass takes from signal and noise alike.
  EXPECT_NEAR(result.filtered_linear.median, 0.5, 0.05);
}

TEST(PhotoComparison, FilmIsSeenThrough) {
  cv::Mat light;
  cv::GaussianBlur(Noise(4, 0, 1), light, {}, 6);
  cv::normalize(light, light, 0.005, 0.15, cv::NORM_MINMAX);
  const FilmCurve film{15, 700, 0.6, 255};
  const PhotoComparison result = ComparePhoto(EightBits(film.Apply(light)), light);
  EXPECT_NEAR(result.film.gamma, 0.6, 0.02);
  EXPECT_GT(result.filtered.p10, 0.9999);
  EXPECT_LT(result.filtered_linear.median, result.filtered.median);
}

TEST(PhotoComparison, WindowsWithMarksOrWithoutGroundAreLeftOut) {
  const cv::Mat signal = Noise(5, 128, 20);
  cv::Mat photo = EightBits(signal), radiance = signal / 1000;
  cv::circle(photo, cv::Point(32, 32), 20, cv::Scalar(255), cv::FILLED);
  const PhotoComparison with_mark = ComparePhoto(photo, radiance);
  EXPECT_LT(with_mark.window_correlation.at<float>(0, 0), 0.9);
  PhotoComparisonOptions options;
  options.marks = {{32, 32, 21}};
  radiance.at<float>(500, 500) = std::numeric_limits<float>::quiet_NaN();
  const PhotoComparison without = ComparePhoto(photo, radiance, options);
  EXPECT_EQ(without.windows, 62);
  EXPECT_EQ(without.marked, 2);
  EXPECT_TRUE(std::isnan(without.window_correlation.at<float>(0, 0)));
  EXPECT_TRUE(std::isnan(without.window_correlation.at<float>(7, 7)));
  EXPECT_GT(without.unfiltered_linear.p10, 0.999);
}

// photo = light(y) (1 + a cos(2 pi x / L)): a low-pass of sigma s leaves a exp(-2 pi^2 s^2 / L^2) of the
// wave, and the light's own wave, across the other one, fixes the gain.
TEST(PhotoComparison, LargeScaleRatioIsTheAmplitudeOfTheWave) {
  constexpr double kAmplitude = 0.1, kSigma_px = 32;
  const auto wave = [](int index) { return std::cos(2 * dem::kPi * (index + 0.5) / kPhotoSide); };
  cv::Mat light = Noise(6, 0.1, 0.001), photo(kPhotoSide, kPhotoSide, CV_32F);
  for (int row = 0; row < kPhotoSide; ++row) {
    for (int col = 0; col < kPhotoSide; ++col) {
      float& value = light.at<float>(row, col);
      value += static_cast<float>(0.03 * wave(row));
      photo.at<float>(row, col) = static_cast<float>(1500 * value * (1 + kAmplitude * wave(col)));
    }
  }
  const PhotoComparison result = ComparePhoto(EightBits(photo), light);
  const double left = std::exp(-2 * std::pow(dem::kPi * kSigma_px / kPhotoSide, 2));
  EXPECT_NEAR(result.large_scale_ratio_rms, kAmplitude * left / std::sqrt(2.0), 0.0005);
  EXPECT_NEAR(result.large_scale.gain_dn, 1500, 15);
}

TEST(PhotoComparison, RefusesWhatCannotBeCompared) {
  const cv::Mat light = Noise(7, 0.1, 0.01), photo = EightBits(light * 1000);
  EXPECT_THROW(ComparePhoto(photo.rowRange(0, 100), light), std::invalid_argument);
  EXPECT_THROW(ComparePhoto(photo, EightBits(light)), std::invalid_argument);
  PhotoComparisonOptions options;
  options.window_px = kPhotoSide;
  options.marks = {{5, 5, 2}};
  EXPECT_THROW(ComparePhoto(photo, light, options), std::invalid_argument);
}

TEST(PhotoComparison, PictureHasFourPanels) {
  const cv::Mat light = Noise(8, 0.1, 0.01), photo = EightBits(light * 1000);
  const cv::Mat picture = DrawPhotoComparison(photo, ComparePhoto(photo, light));
  EXPECT_EQ(picture.size(), cv::Size(2 * kPhotoSide, 2 * kPhotoSide));
  EXPECT_EQ(picture.type(), CV_8U);
}

}  // namespace
}  // namespace perilune::tools
