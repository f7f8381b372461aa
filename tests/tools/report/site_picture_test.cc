#include "tools/report/site_picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/imgcodecs.hpp>

#include "tools/report/embedded_image.h"

namespace perilune::tools {
namespace {

using testing::HasSubstr;

TEST(Hillshade, IsBrightTowardsTheSun) {
  // A ridge that runs north-south; the Sun in the east lights its eastern (right) flank.
  dem::Grid<float> heights(21, 5);
  for (int row = 0; row < 5; ++row) {
    for (int col = 0; col < 21; ++col) heights.At(col, row) = static_cast<float>(10 - std::abs(col - 10));
  }
  const cv::Mat shade = Hillshade(heights, 1, Eigen::Vector3d(1, 0, 1).normalized());
  EXPECT_GT(shade.at<cv::Vec3b>(2, 15)[0], shade.at<cv::Vec3b>(2, 5)[0] + 100);
}

TEST(Hillshade, OfASlopeToTheNorthTakesANorthernSun) {
  dem::Grid<float> heights(5, 21);  // a ridge that runs east-west, row 0 in the north
  for (int row = 0; row < 21; ++row) {
    for (int col = 0; col < 5; ++col) heights.At(col, row) = static_cast<float>(10 - std::abs(row - 10));
  }
  const cv::Mat shade = Hillshade(heights, 1, Eigen::Vector3d(0, 1, 1).normalized());
  EXPECT_GT(shade.at<cv::Vec3b>(5, 2)[0], shade.at<cv::Vec3b>(15, 2)[0] + 100);
}

TEST(Hillshade, MarksMissingGround) {
  const dem::Grid<float> heights(4, 4, std::nanf(""));
  const cv::Mat shade = Hillshade(heights, 1, Eigen::Vector3d::UnitZ());
  EXPECT_EQ(shade.at<cv::Vec3b>(1, 1), cv::Vec3b(226, 228, 228));
}

TEST(SitePicture, HasNorthUp) {
  const SitePicture picture = PlainPicture({-100, 300, -50, 150}, 800);
  EXPECT_EQ(picture.height_px, 400);
  EXPECT_DOUBLE_EQ(picture.PixelsPerMetre(), 2);
  EXPECT_TRUE(picture.Pixel({-100, 150}).isApprox(Eigen::Vector2d(0, 0)) ||
              picture.Pixel({-100, 150}).norm() < 1e-12);
  EXPECT_TRUE(picture.Pixel({300, -50}).isApprox(Eigen::Vector2d(800, 400)));
}

TEST(SvgEllipse, TurnsWithTheCovariance) {
  const SitePicture picture = PlainPicture({0, 100, 0, 100}, 100);
  // 1 sigma of 4 m towards north-east, 1 m across.
  Eigen::Matrix2d covariance;
  covariance << 8.5, 7.5, 7.5, 8.5;
  const std::string svg = SvgEllipse(picture, {50, 50}, covariance, 3, "e");
  EXPECT_THAT(svg, HasSubstr("rx='12.0' ry='3.0'"));
  EXPECT_THAT(svg, testing::AnyOf(HasSubstr("rotate(-45.0)"), HasSubstr("rotate(135.0)")));
}

TEST(SvgFrame, HasAScaleBarOfARoundLength) {
  const std::string svg = SvgFrame(PlainPicture({0, 9000, 0, 3000}, 900), "", nullptr);
  EXPECT_THAT(svg, HasSubstr(">2 km<"));  // a quarter of the width is 2.25 km
  EXPECT_THAT(svg, testing::Not(HasSubstr("class='sun'")));
}

TEST(RoundDown, TakesOneTwoFive) {
  EXPECT_DOUBLE_EQ(RoundDown(1), 1);
  EXPECT_DOUBLE_EQ(RoundDown(4.9), 2);
  EXPECT_DOUBLE_EQ(RoundDown(730), 500);
  EXPECT_DOUBLE_EQ(RoundDown(0.19), 0.1);
}

TEST(Base64, HasTheVectorsOfRfc4648) {
  const auto encode = [](const std::string& text) { return Base64({text.begin(), text.end()}); };
  EXPECT_EQ(encode(""), "");
  EXPECT_EQ(encode("f"), "Zg==");
  EXPECT_EQ(encode("fo"), "Zm8=");
  EXPECT_EQ(encode("foo"), "Zm9v");
  EXPECT_EQ(encode("foobar"), "Zm9vYmFy");
}

TEST(DisplayImage, StretchesContrast) {
  cv::Mat pixels(10, 100, CV_16U);
  for (int i = 0; i < 1000; ++i)
    pixels.at<std::uint16_t>(i / 100, i % 100) = static_cast<std::uint16_t>(3000 + i);
  const cv::Mat shown = DisplayImage(pixels);
  EXPECT_EQ(shown.type(), CV_8U);
  EXPECT_EQ(shown.at<unsigned char>(0, 0), 0);
  EXPECT_EQ(shown.at<unsigned char>(9, 99), 255);
  EXPECT_NEAR(shown.at<unsigned char>(5, 0), 127, 2);
}

}  // namespace
}  // namespace perilune::tools
