#include "vision/matching/whitening.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <opencv2/imgproc.hpp>

#include "dem/synthesis/random.h"

namespace perilune::vision {
namespace {

constexpr int kSize = 256;

cv::Mat WhiteNoise(std::uint64_t seed) {
  cv::Mat noise(kSize, kSize, CV_32F);
  for (int i = 0; i < kSize * kSize; ++i)
    noise.ptr<float>()[i] = static_cast<float>(dem::RandomNormal(seed, 5, static_cast<std::uint64_t>(i)));
  return noise;
}

cv::Mat All() { return cv::Mat::ones(kSize, kSize, CV_32F); }

Bands BandsOf(const cv::Mat& contrast, const cv::Mat& lit, double finest_sigma_px, int count) {
  return {contrast, std::make_shared<const LitOctaves>(lit, finest_sigma_px, count)};
}

double MeanSquare(const cv::Mat& image) { return image.dot(image) / static_cast<double>(image.total()); }

TEST(RelativeContrast, GainIsGoneAndDarkGroundDoesNotCount) {
  cv::Mat image = 1 + 0.1 * WhiteNoise(1), lit = All();
  image(cv::Rect(100, 100, 30, 30)).setTo(0.01);
  lit(cv::Rect(100, 100, 30, 30)).setTo(0);
  const cv::Mat once = RelativeContrast(image, lit, 20), thrice = RelativeContrast(3 * image, lit, 20);
  EXPECT_LT(cv::norm(once, thrice, cv::NORM_INF), 1e-5);
  EXPECT_EQ(once.at<float>(115, 115), 0);
  // Beside the dark the mean is that of the lit ground.
  EXPECT_NEAR(cv::mean(once(cv::Rect(135, 100, 8, 30)))[0], 0, 0.03);
}

TEST(RelativeContrast, IsBoundedWhateverIsBright) {
  cv::Mat image = cv::Mat::ones(kSize, kSize, CV_32F);
  image(cv::Rect(100, 100, 3, 3)).setTo(1000);
  double least = 0, most = 0;
  cv::minMaxLoc(RelativeContrast(image, All(), 10), &least, &most);
  EXPECT_LE(most, 2);
  EXPECT_GE(least, -2);
}

TEST(Bands, EnergyIsWhatWhiteNoiseLeaves) {
  const Bands bands = BandsOf(WhiteNoise(3), All(), 1, 4);
  for (int b = 0; b < bands.count(); ++b) {
    // The wider the band, the fewer independent values there are.
    EXPECT_NEAR(MeanSquare(bands.Band(b)) / bands.energy_px(b), 1, 0.05 * std::exp2(b)) << b;
  }
}

TEST(Bands, TheirSumIsTheDifferenceOfTheOuterGaussians) {
  const cv::Mat image = WhiteNoise(4);
  const Bands bands = BandsOf(image, All(), 0.8, 2);  // 0.8, 1.6, 3.2
  cv::Mat fine, coarse;
  cv::GaussianBlur(image, fine, cv::Size(0, 0), 0.8);
  cv::GaussianBlur(image, coarse, cv::Size(0, 0), 3.2);
  const cv::Mat sum = bands.Band(0) + bands.Band(1);
  const cv::Rect inside(20, 20, kSize - 40, kSize - 40);
  // The widest average is taken on a smaller grid.
  EXPECT_LT(MeanSquare(cv::Mat(sum - (fine - coarse))(inside)), 0.02 * MeanSquare(fine - coarse));
}

// White noise of density 0.2 under noise of long wavelengths, whose density is 3 there: the filters let a
// little of it into the finest band.
cv::Mat TwoNoises() {
  cv::Mat broad;
  cv::GaussianBlur(WhiteNoise(7), broad, cv::Size(0, 0), 4);
  return 0.2 * WhiteNoise(8) + 3 * broad;
}

TEST(CompareBands, GainAndNoiseOfEachBand) {
  const cv::Mat signal = WhiteNoise(6);
  const Bands image = BandsOf(cv::Mat(0.5 * signal + TwoNoises()), All(), 1, 4);
  const BandModel model = CompareBands(image, BandsOf(signal, All(), 1, 4));
  EXPECT_NEAR(model.gain[0], 0.5, 0.02);
  EXPECT_NEAR(model.noise[0], 0.2, 0.04);
  EXPECT_GT(model.noise[3], 1);
  EXPECT_LT(model.noise[3], 3);
}

// The share of the finer of two bands in noise, over what it is in white noise.
double Whiteness(const cv::Mat& noise) {
  const Bands bands = BandsOf(noise, All(), 1.5, 3);
  return (MeanSquare(bands.Band(0)) / bands.energy_px(0)) / (MeanSquare(bands.Band(2)) / bands.energy_px(2));
}

// As the ground's albedo: density that doubles from octave to octave.
TEST(Whitened, RedNoiseBecomesWhite) {
  const Bands white = BandsOf(WhiteNoise(10), All(), 1, 5);
  cv::Mat red = cv::Mat::zeros(kSize, kSize, CV_32F);
  for (int b = 0; b < white.count(); ++b) red += std::exp2(b) * white.Band(b);
  const Bands image = BandsOf(red, All(), 1, 5);
  const cv::Mat whitened = Whitened(image, AllNoise(image));
  // The filters overlap: a coarser band's noise enters the finer one with the finer one's weight.
  EXPECT_GT(Whiteness(whitened), 3 * Whiteness(red));
  EXPECT_LT(Whiteness(whitened), 2);
}

TEST(Bands, TheDarkLeavesNoEdge) {
  // Constant contrast beside the dark: no band has anything.
  cv::Mat lit = All();
  lit(cv::Rect(100, 0, 40, kSize)).setTo(0);
  const Bands bands = BandsOf(0.5 * lit, lit, 1, 4);
  for (int b = 0; b < bands.count(); ++b) EXPECT_LT(cv::norm(bands.Band(b).mul(lit), cv::NORM_INF), 1e-5);
}

TEST(CompareBands, NothingInCommonIsNoGain) {
  const Bands a = BandsOf(WhiteNoise(9), All(), 1, 3), b = BandsOf(-WhiteNoise(9), All(), 1, 3);
  for (const double gain : CompareBands(a, b).gain) EXPECT_EQ(gain, 0);
}

}  // namespace
}  // namespace perilune::vision
