#pragma once

#include <opencv2/core.hpp>

namespace perilune::vision {

struct EvenLightOptions {
  double smoothing_sigma_px =
      0.8;             ///< low-pass before everything: halves white noise, keeps sub-pixel shifts
  int window_px = 49;  ///< odd side of the square over which light is evened out
  /// Contrast of so many sigma of the image's noise counts half: weaker contrast is not blown up.
  double noise_sigmas = 3;
  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

/// One image as tracking wants it.
struct EvenImage {
  cv::Mat smooth;     ///< CV_32F, low-passed, in the input's units
  cv::Mat even;       ///< CV_8U: (smooth − local mean) / local deviation, 48 levels a sigma about 128
  cv::Mat unclipped;  ///< CV_8U, 255 where the input is below full scale, also around it, else 0
};

/// Takes gain, offset and their slow changes over the image away (exposure, vignetting, the brightening
/// towards the point opposite the Sun), so that frames of different exposures look alike. `image` is CV_8U,
/// CV_16U or CV_32F with one channel, NaN not allowed; `full_scale` is the value that clipped pixels have.
/// Throws std::invalid_argument for another type or an empty image.
EvenImage EvenLight(const cv::Mat& image, double full_scale, const EvenLightOptions& options = {});

/// 1 sigma of white noise, in the image's units, CV_32F: median absolute response to a mask that cancels
/// planes (Immerkaer 1996) on every other row; the median keeps edges out.
double NoiseSigma(const cv::Mat& image);

}  // namespace perilune::vision
