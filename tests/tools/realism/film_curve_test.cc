#include "tools/realism/film_curve.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "dem/synthesis/random.h"

namespace perilune::tools {
namespace {

cv::Mat RandomRadiance(int side) {
  cv::Mat radiance(side, side, CV_32F);
  for (int i = 0; i < side * side; ++i) {
    radiance.at<float>(i / side, i % side) = static_cast<float>(0.15 * dem::RandomUniform(5, 0, i));
  }
  return radiance;
}

cv::Mat All(const cv::Mat& picture) { return {picture.size(), CV_8U, cv::Scalar(255)}; }

cv::Mat Photograph(const cv::Mat& radiance, const FilmCurve& film, double noise_dn) {
  cv::Mat photo = film.Apply(radiance);
  for (int i = 0; i < static_cast<int>(photo.total()); ++i) {
    photo.at<float>(i / photo.cols, i % photo.cols) +=
        static_cast<float>(noise_dn * dem::RandomNormal(6, 0, i));
  }
  return photo;
}

TEST(FilmCurve, KnownCurveIsRecovered) {
  const cv::Mat radiance = RandomRadiance(200);
  const FilmCurve truth{20, 600, 0.65, 255};
  const FilmCurve fit = FitFilmCurve(Photograph(radiance, truth, 0), radiance, All(radiance));
  EXPECT_EQ(fit.gamma, 0.65);
  EXPECT_NEAR(fit.offset_dn, 20, 1e-3);
  EXPECT_NEAR(fit.gain_dn, 600, 1e-2);
}

TEST(FilmCurve, NoiseOfThePhotographMovesTheCurveLittle) {
  const cv::Mat radiance = RandomRadiance(200);
  const FilmCurve truth{20, 600, 0.65, 255};
  const FilmCurve fit = FitFilmCurve(Photograph(radiance, truth, 5), radiance, All(radiance));
  // 5 DN over 38 000 pixels; leaving out the brightest twentieth of the noisy photograph bends the top a
  // little.
  for (const double light : {0.02, 0.07, 0.12}) {
    const auto at = [&](const FilmCurve& f) { return f.offset_dn + f.gain_dn * std::pow(light, f.gamma); };
    EXPECT_NEAR(at(fit), at(truth), 1.5) << light;
  }
}

TEST(FilmCurve, WhatIsNotLitOrNotUsedDoesNotCount) {
  cv::Mat radiance = RandomRadiance(100);
  const FilmCurve truth{20, 600, 1, 255};
  cv::Mat photo = Photograph(radiance, truth, 0), use = All(radiance);
  radiance.rowRange(0, 10).setTo(0);                                         // in shadow on the map alone
  photo.rowRange(10, 20).setTo(0), use.rowRange(10, 20).setTo(0);            // a mark
  radiance.rowRange(20, 30).setTo(std::numeric_limits<float>::quiet_NaN());  // no ground
  const FilmCurve fit = FitFilmCurve(photo, radiance, use);
  EXPECT_EQ(fit.gamma, 1);
  EXPECT_NEAR(fit.gain_dn, 600, 1e-2);
}

TEST(FilmCurve, BlackAndWhiteBoundGreyValues) {
  const cv::Mat radiance = (cv::Mat_<float>(1, 3) << 0.0F, 0.1F, 1.0F);
  const cv::Mat grey = FilmCurve{-10, 500, 1, 255}.Apply(radiance);
  EXPECT_EQ(grey.at<float>(0, 0), 0);
  EXPECT_NEAR(grey.at<float>(0, 1), 40, 1e-4);
  EXPECT_EQ(grey.at<float>(0, 2), 255);
}

TEST(FilmCurve, GainAndOffsetAreThoseOfTheLine) {
  const cv::Mat radiance = RandomRadiance(50);
  const FilmCurve line = FitGainAndOffset(1500 * radiance + 42, radiance, All(radiance));
  EXPECT_NEAR(line.offset_dn, 42, 1e-3);
  EXPECT_NEAR(line.gain_dn, 1500, 1e-2);
  EXPECT_EQ(line.gamma, 1);
}

TEST(FilmCurve, RefusesImagesThatDoNotFit) {
  const cv::Mat radiance = RandomRadiance(50), small = RandomRadiance(40);
  EXPECT_THROW(FitFilmCurve(small, radiance, All(radiance)), std::invalid_argument);
  EXPECT_THROW(FitFilmCurve(radiance, radiance, cv::Mat::zeros(50, 50, CV_8U)), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::tools
