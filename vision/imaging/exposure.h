#pragma once

#include <cstdint>
#include <opencv2/core.hpp>

namespace perilune::vision {

struct ImagingOptions {
  /// Gaussian optical blur, 1 sigma; 0 = none. Half a pixel is a lens matched to its detector.
  double psf_sigma_px = 0.5;
  /// Share of full scale that a radiance factor of 1 fills; 0 = automatic.
  double exposure_gain = 0;
  /// Automatic gain: the 95th percentile of the radiance fills this share of full scale (over the black
  /// level), which leaves room for the few slopes that face the Sun.
  double auto_target = 0.7;
  /// Electrons at full scale: sets the shot noise. 0 = none.
  double full_well_e = 20000;
  /// 1 sigma of each pixel's read noise, electrons; needs full_well_e.
  double read_noise_e = 15;
  /// Output without light, share of full scale: keeps noise in the dark from being cut off.
  double black_level = 0.02;
  /// 8, 12 or 16 (stored as 8U or 16U; full scale is 2^bits − 1).
  int bits = 8;

  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

/// The picture that a detector makes of a radiance image (CV_32F; NaN = space = dark): blur, gain, shot noise
/// (its normal approximation) and read noise, black level, rounding, clipping at both ends. Noise comes from
/// the counter (seed, stream): the same arguments give the same bytes with any number of threads. Returns
/// CV_8U (8 bits) or CV_16U. Throws std::invalid_argument for bad options or another image type.
cv::Mat ExposeImage(const cv::Mat& radiance, const ImagingOptions& options, std::uint64_t seed,
                    std::uint64_t stream);

/// The automatic gain for a radiance image, before blur; 0 when nothing in it is lit.
double AutomaticGain(const cv::Mat& radiance, double auto_target);

}  // namespace perilune::vision
