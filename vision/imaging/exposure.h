#pragma once

#include <cstdint>
#include <opencv2/core.hpp>

namespace perilune::vision {

struct ImagingOptions {
  double psf_sigma_px = 0.5;          ///< Gaussian optical blur
  double exposure_gain = 0;           ///< DN (of full scale 1) per radiance factor; 0 = automatic
  double auto_target = 0.45;          ///< automatic: the 95th percentile goes to this share of full scale … times 1/0.5
  double full_well_e = 20000;         ///< shot noise: electrons at full scale
  double read_noise_e = 15;           ///< 1 sigma
  double black_level = 0.02;          ///< share of full scale
  int bits = 8;                       ///< 8, 12 or 16 (stored as 8U or 16U)
};

/// The picture that a detector makes of a radiance image (CV_32F, NaN = space = dark). Noise comes from the counter (seed, stream):
/// the same arguments give the same bytes. Returns CV_8U (8 bits) or CV_16U.
cv::Mat ExposeImage(const cv::Mat& radiance, const ImagingOptions& options, std::uint64_t seed, std::uint64_t stream);

}  // namespace perilune::vision
