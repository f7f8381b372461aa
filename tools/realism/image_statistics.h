#pragma once

#include <opencv2/core.hpp>

namespace perilune::tools {

/// Percentiles over a picture's tiles.
struct TilePercentiles {
  double p10 = 0, p50 = 0, p90 = 0;
};

/// What pictures of ground have in common whatever they show, without scale or Sun being known.
struct ImageStatistics {
  /// Of log power against log wavenumber, 1/64 to 1/4 cycles a pixel: least squares over 16 rings of equal
  /// width in log wavenumber, each the mean of |DFT|² of the central square under a Hann window.
  double spectral_slope = 0;
  /// Standard deviation in a tile of 16 × 16 pixels over its mean.
  TilePercentiles contrast;
  /// The same over the standard deviation of the whole picture: this one does not change when somebody has
  /// stretched the grey values (a gain and an offset).
  TilePercentiles relative_contrast;
};

/// `picture`: one channel, 8 or 16 bits or CV_32F, at least 256 × 256. Throws std::invalid_argument for
/// another, or for one without contrast.
ImageStatistics MeasureImage(const cv::Mat& picture);

}  // namespace perilune::tools
