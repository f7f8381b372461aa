#pragma once

#include <opencv2/core.hpp>

namespace perilune::tools {

/// What pictures of ground have in common whatever they show, without scale or Sun being known.
struct ImageStatistics {
  /// Of log power against log wavenumber, 1/64 to 1/4 cycles a pixel: least squares over 16 rings of equal
  /// width in log wavenumber, each the mean of |DFT|² of the central square under a Hann window.
  double spectral_slope = 0;
  /// Standard deviation over mean in tiles of 16 × 16 pixels: percentiles over the tiles.
  double contrast_p10 = 0, contrast_p50 = 0, contrast_p90 = 0;
};

/// `picture`: one channel, 8 or 16 bits or CV_32F, at least 256 × 256. Throws std::invalid_argument for
/// another, or for one without contrast.
ImageStatistics MeasureImage(const cv::Mat& picture);

}  // namespace perilune::tools
