#pragma once

#include <opencv2/core.hpp>

namespace perilune::tools {

/// How film and scanner turn radiance into grey values: offset + gain · radiance^gamma, between 0 and white.
struct FilmCurve {
  double offset_dn = 0;
  double gain_dn = 1;  ///< per unit of radiance^gamma
  double gamma = 1;
  double white_dn = 255;

  /// Grey values (CV_32F) of a radiance image (CV_32F); NaN stays NaN.
  cv::Mat Apply(const cv::Mat& radiance) const;
};

/// The curve that turns `radiance` (CV_32F) into `photo` (CV_32F) with the least squared difference over the
/// pixels where `use` (CV_8U) is not 0, leaving out what is not lit and the brightest twentieth of the
/// photograph, which film compresses. Gamma on a grid of 0.01 in [0.2, 2], offset and gain in closed form.
/// Throws std::invalid_argument for images of different sizes or fewer than 100 pixels to use.
FilmCurve FitFilmCurve(const cv::Mat& photo, const cv::Mat& radiance, const cv::Mat& use);

/// offset + gain · radiance alone, over all pixels where `use` is not 0.
FilmCurve FitGainAndOffset(const cv::Mat& photo, const cv::Mat& radiance, const cv::Mat& use);

}  // namespace perilune::tools
