#include "vision/tracking/even_light.h"

#include <gtest/gtest.h>

#include "tests/vision/tracking/painted_plane.h"

namespace perilune::vision {
namespace {

cv::Mat WavyPicture() {
  Eigen::Isometry3d above = Eigen::Isometry3d::Identity();
  above.linear().diagonal() << 1, -1, -1;
  above.translation().z() = 100;
  return PaintedPlane(3, 4, 30).Picture(PinholeCamera(200, 1), above);
}

TEST(EvenLight, GainAndOffsetAreTakenAway) {
  const cv::Mat picture = WavyPicture();
  const EvenImage plain = EvenLight(picture, 1e9);
  const EvenImage other = EvenLight(picture * 3.7F + 12.0F, 1e9);
  EXPECT_LE(cv::norm(plain.even, other.even, cv::NORM_INF), 1);  // rounding
}

TEST(EvenLight, AGainThatGrowsAcrossThePictureToo) {
  const cv::Mat picture = WavyPicture();
  cv::Mat falling = picture.clone();
  for (int col = 0; col < falling.cols; ++col) falling.col(col) *= 1 - 0.0025 * col;
  const EvenImage plain = EvenLight(picture, 1e9), other = EvenLight(falling, 1e9);
  const cv::Rect inner(30, 30, 140, 140);
  EXPECT_LT(cv::norm(plain.even(inner), other.even(inner), cv::NORM_L1) / inner.area(), 6);  // of 48 a sigma
}

TEST(EvenLight, NoiseIsMeasuredNotTexture) {
  const cv::Mat clean = Digitised(WavyPicture(), 12, 1, 0, 1), noisy = Digitised(WavyPicture(), 12, 1, 40, 1);
  cv::Mat a, b;
  clean.convertTo(a, CV_32F);
  noisy.convertTo(b, CV_32F);
  EXPECT_LT(NoiseSigma(a), 12);  // the waves' own curvature
  EXPECT_NEAR(NoiseSigma(b), 40, 3);
}

TEST(EvenLight, NoiseWithoutTextureIsNotBlownUp) {
  const cv::Mat flat(200, 200, CV_32F, cv::Scalar(0.5));
  const cv::Mat noise = Digitised(flat, 8, 1, 2, 7);
  cv::Scalar mean, deviation;
  cv::meanStdDev(EvenLight(noise, 255).even, mean, deviation);
  EXPECT_NEAR(mean[0], 128, 1);
  EXPECT_NEAR(deviation[0], 48 / std::sqrt(10.0), 2);  // floor of 3 sigma: 1/√(1 + 9)
}

TEST(EvenLight, ClippedPixelsAndTheirNeighboursAreMarked) {
  cv::Mat image(100, 100, CV_8U, cv::Scalar(90));
  image.at<std::uint8_t>(50, 40) = 255;
  const EvenImage even = EvenLight(image, 255);
  EXPECT_EQ(even.unclipped.at<std::uint8_t>(50, 40), 0);
  EXPECT_EQ(even.unclipped.at<std::uint8_t>(52, 42), 0);
  EXPECT_EQ(even.unclipped.at<std::uint8_t>(53, 40), 255);
  EXPECT_EQ(cv::countNonZero(even.unclipped), 100 * 100 - 5 * 5);
}

TEST(EvenLight, Refusals) {
  EXPECT_THROW(EvenLight(cv::Mat(), 255), std::invalid_argument);
  EXPECT_THROW(EvenLight(cv::Mat::zeros(50, 50, CV_8UC3), 255), std::invalid_argument);
  EvenLightOptions options;
  options.window_px = 10;
  EXPECT_THROW(EvenLight(cv::Mat::zeros(50, 50, CV_8U), 255, options), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::vision
