#include "tools/realism/image_statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "dem/synthesis/random.h"

namespace perilune::tools {
namespace {

constexpr int kSide = 512;

// White noise whose spectrum is multiplied by |k|^(−beta/2).
cv::Mat PowerLaw(double beta, std::uint64_t seed) {
  cv::Mat spectrum;
  cv::Mat noise(kSide, kSide, CV_64F);
  for (int i = 0; i < kSide * kSide; ++i)
    noise.at<double>(i / kSide, i % kSide) = dem::RandomNormal(seed, 0, i);
  cv::dft(noise, spectrum, cv::DFT_COMPLEX_OUTPUT);
  for (int row = 0; row < kSide; ++row) {
    for (int col = 0; col < kSide; ++col) {
      const int v = row <= kSide / 2 ? row : row - kSide, u = col <= kSide / 2 ? col : col - kSide;
      const double k = std::hypot(u, v);
      spectrum.at<cv::Vec2d>(row, col) *= k > 0 ? std::pow(k, -0.5 * beta) : 0;
    }
  }
  cv::Mat picture;
  cv::dft(spectrum, picture, cv::DFT_INVERSE | cv::DFT_SCALE | cv::DFT_REAL_OUTPUT);
  cv::normalize(picture, picture, 20, 200, cv::NORM_MINMAX);
  picture.convertTo(picture, CV_32F);
  return picture;
}

// One picture scatters by 0.045: the lowest ring has some 20 independent values. The mean of 16 by a quarter
// of it.
TEST(ImageStatistics, SlopeOfAPowerLawIsItsExponent) {
  constexpr int kPictures = 16;
  for (const double beta : {0.0, 1.5, 2.5}) {
    double sum = 0;
    for (int seed = 0; seed < kPictures; ++seed) sum += MeasureImage(PowerLaw(beta, seed)).spectral_slope;
    EXPECT_NEAR(sum / kPictures, -beta, 0.035) << beta;
  }
}

// Vertical stripes of one pixel, m ± d: deviation over mean is d / m in every tile.
TEST(ImageStatistics, ContrastOfStripes) {
  cv::Mat picture(256, 512, CV_8U);
  for (int col = 0; col < picture.cols; ++col) {
    const bool right = col >= 256;
    const int d = right ? 10 : 40;
    picture.col(col).setTo(100 + (col % 2 == 0 ? d : -d));
  }
  // A spectrum needs power in every ring.
  cv::Mat noisy;
  picture.convertTo(noisy, CV_32F);
  for (int i = 0; i < static_cast<int>(noisy.total()); ++i) {
    noisy.at<float>(i / noisy.cols, i % noisy.cols) += static_cast<float>(0.01 * dem::RandomNormal(3, 0, i));
  }
  const ImageStatistics statistics = MeasureImage(noisy);
  EXPECT_NEAR(statistics.contrast.p10, 0.1, 1e-3);
  EXPECT_NEAR(statistics.contrast.p90, 0.4, 1e-3);
  // Half of the pixels deviate by 40, half by 10: sqrt(850) in all.
  EXPECT_NEAR(statistics.relative_contrast.p10, 10 / std::sqrt(850.0), 1e-3);
  EXPECT_NEAR(statistics.relative_contrast.p90, 40 / std::sqrt(850.0), 1e-3);
  const ImageStatistics stretched = MeasureImage(3 * noisy - 100);
  EXPECT_NEAR(stretched.relative_contrast.p50, statistics.relative_contrast.p50, 1e-5);
  EXPECT_NEAR(stretched.spectral_slope, statistics.spectral_slope, 1e-5);
}

TEST(ImageStatistics, RefusesSmallBlackAndFlatPictures) {
  EXPECT_THROW(MeasureImage(cv::Mat(200, 400, CV_8U, cv::Scalar(7))), std::invalid_argument);
  EXPECT_THROW(MeasureImage(cv::Mat(300, 300, CV_8U, cv::Scalar(0))), std::invalid_argument);
  EXPECT_THROW(MeasureImage(cv::Mat(300, 300, CV_8U, cv::Scalar(7))), std::invalid_argument);
  EXPECT_THROW(MeasureImage(cv::Mat(300, 300, CV_8UC3)), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::tools
