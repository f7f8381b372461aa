#include "vision/imaging/detector.h"

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <cmath>
#include <cstring>
#include <stdexcept>

namespace perilune::vision {
namespace {

constexpr int kSide_px = 400;
constexpr double kPixels = kSide_px * kSide_px;
constexpr double kFullWell_e = 20000;

/// Relative 1 sigma of a standard deviation that is measured over n normal values is 1/√(2n).
double SigmaOfSigma(double count) { return 1 / std::sqrt(2 * count); }

struct Moments {
  double mean_e, sigma_e;
};

/// Electrons of a detector that is lit evenly to a share of full scale, neither rounded nor clipped.
cv::Mat Electrons(double share, const DetectorOptions& detector, double read_noise_e,
                  std::uint64_t stream = 0, const Exposure& exposure = {1, 0.01, 1}) {
  const cv::Mat light(kSide_px, kSide_px, CV_32F, cv::Scalar(share));
  return ReadOut(light, exposure, detector, {kFullWell_e, read_noise_e, 0, 0}, {11, 5, stream}) * kFullWell_e;
}

Moments MomentsOf(const cv::Mat& electrons) {
  cv::Scalar mean, sigma;
  cv::meanStdDev(electrons, mean, sigma);
  return {mean[0], sigma[0]};
}

// Photon transfer: the variance is the signal plus the read noise's, slope 1 in electrons, 1/full well in
// shares.
TEST(Detector, PhotonTransferCurve) {
  for (const double share : {0.0, 0.01, 0.1, 0.5, 0.9}) {
    const Moments m = MomentsOf(Electrons(share, {}, 30));
    const double expected_e = std::sqrt(share * kFullWell_e + 900);
    EXPECT_NEAR(m.sigma_e / expected_e, 1, 4 * SigmaOfSigma(kPixels)) << share;
    EXPECT_NEAR(m.mean_e, share * kFullWell_e, 4 * expected_e / std::sqrt(kPixels) + 1e-3) << share;
  }
}

// An amplifier of 4 fills the scale with a quarter of the electrons: their shot noise is that of 5 000 at
// full scale.
TEST(Detector, AmplifierMakesNoiseOfFewerElectrons) {
  const Moments m = MomentsOf(Electrons(0.5, {}, 0, 0, {1, 0.01, 4}));
  EXPECT_NEAR(m.sigma_e / kFullWell_e, std::sqrt(0.5 * 5000) / 5000, 4 * SigmaOfSigma(kPixels) * 0.01);
}

// 50 000 e/s over 10 ms are 500 e, which scatter by √500.
TEST(Detector, DarkCurrentHasItsMeanAndPoissonSpread) {
  DetectorOptions detector;
  detector.dark_current_eps = 50000;
  const Moments m = MomentsOf(Electrons(0, detector, 0));
  EXPECT_NEAR(m.mean_e, 500, 4 * std::sqrt(500.0) / std::sqrt(kPixels));
  EXPECT_NEAR(m.sigma_e / std::sqrt(500.0), 1, 4 * SigmaOfSigma(kPixels));
}

// The mean of two images keeps the fixed pattern, their difference the noise of the moment.
TEST(Detector, PrnuSpreadIsFixedAndProportional) {
  DetectorOptions detector;
  detector.prnu = 0.02;
  const cv::Mat first = Electrons(0.5, detector, 0, 1), second = Electrons(0.5, detector, 0, 2);
  const double shot_e = std::sqrt(0.5 * kFullWell_e), pattern_e = 0.02 * 0.5 * kFullWell_e;
  EXPECT_NEAR(MomentsOf(first - second).sigma_e / (std::sqrt(2) * shot_e), 1, 4 * SigmaOfSigma(kPixels));
  const double mean_sigma_e = MomentsOf((first + second) / 2).sigma_e;
  EXPECT_NEAR(mean_sigma_e / std::hypot(pattern_e, shot_e / std::sqrt(2)), 1, 4 * SigmaOfSigma(kPixels));
  // Dark: no pattern.
  EXPECT_NEAR(MomentsOf(Electrons(0, detector, 10)).sigma_e / 10, 1, 4 * SigmaOfSigma(kPixels));
}

TEST(Detector, OffsetsOfPixelsRowsAndColumns) {
  DetectorOptions detector;
  detector.dsnu_e = 40;
  EXPECT_NEAR(MomentsOf(Electrons(0, detector, 0)).sigma_e / 40, 1, 4 * SigmaOfSigma(kPixels));
  detector = {};
  detector.row_offset_e = 25;
  detector.column_offset_e = 15;
  const cv::Mat electrons = Electrons(0, detector, 0);
  cv::Mat rows, cols;
  cv::reduce(electrons, rows, 1, cv::REDUCE_AVG);
  cv::reduce(electrons, cols, 0, cv::REDUCE_AVG);
  EXPECT_NEAR(MomentsOf(rows).sigma_e / 25, 1, 4 * SigmaOfSigma(kSide_px));
  EXPECT_NEAR(MomentsOf(cols).sigma_e / 15, 1, 4 * SigmaOfSigma(kSide_px));
  // Nothing else: what rows and columns leave is zero.
  const double left = electrons.at<float>(7, 9) - electrons.at<float>(7, 30) - electrons.at<float>(50, 9) +
                      electrons.at<float>(50, 30);
  EXPECT_NEAR(left, 0, 0.02);
}

// Binomial count: 160 000 · 0.005 = 800 with 1 sigma of 28; exponential rates of mean 1e5 e/s: 1 000 e in 10
// ms.
TEST(Detector, HotPixelsInNumberAndBrightness) {
  DetectorOptions detector;
  detector.hot_pixel_share = 0.005;
  detector.hot_pixel_rate_eps = 1e5;
  const cv::Mat electrons = Electrons(0, detector, 0);
  const int count = cv::countNonZero(electrons != 0);
  EXPECT_NEAR(count, 800, 4 * 28.2);
  EXPECT_NEAR(cv::sum(electrons)[0] / count, 1000, 4 * 1000 / std::sqrt(800.0) + 10);
  // They stay where they are.
  cv::Mat moved;
  cv::compare(electrons != 0, Electrons(0, detector, 0, 9) != 0, moved, cv::CMP_NE);
  EXPECT_LT(cv::countNonZero(moved), 3);
}

TEST(Detector, OneCameraIsNotAnother) {
  const cv::Mat light(50, 50, CV_32F, cv::Scalar(0.5));
  DetectorOptions detector;
  detector.prnu = 0.02;
  const auto read = [&](std::uint64_t camera_seed) {
    return ReadOut(light, {1, 0.01, 1}, detector, {0, 0, 0, 0}, {camera_seed, 5, 0});
  };
  EXPECT_EQ(cv::norm(read(1), read(1), cv::NORM_INF), 0);
  EXPECT_GT(cv::norm(read(1), read(2), cv::NORM_INF), 0.01);
}

TEST(Detector, SameBytesWithAnyNumberOfThreads) {
  DetectorOptions detector;
  detector.dark_current_eps = 1000;
  detector.prnu = 0.01;
  detector.dsnu_e = detector.row_offset_e = detector.column_offset_e = 5;
  detector.hot_pixel_share = 0.01;
  const cv::Mat light(123, 77, CV_32F, cv::Scalar(0.3));
  const auto read = [&](std::size_t threads) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    return ReadOut(light, {1, 0.01, 1}, detector, {kFullWell_e, 15, 0.02, 12}, {1, 2, 3});
  };
  const cv::Mat one = read(1), two = read(2);
  ASSERT_EQ(one.type(), CV_16U);
  EXPECT_EQ(std::memcmp(one.data, two.data, one.total() * 2), 0);
}

TEST(Detector, RefusesBadOptions) {
  DetectorOptions detector;
  detector.hot_pixel_share = 1.5;
  EXPECT_THROW(detector.Validate(), std::invalid_argument);
  detector = {};
  detector.dark_current_eps = -1;
  EXPECT_THROW(detector.Validate(), std::invalid_argument);
  detector = {};
  detector.prnu = std::nan("");
  EXPECT_THROW(detector.Validate(), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::vision
