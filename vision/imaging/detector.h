#pragma once

#include <cstdint>
#include <opencv2/core.hpp>

#include "vision/imaging/exposure_control.h"

namespace perilune::vision {

/// What a detector adds to the light, in electrons. All is off at 0.
struct DetectorOptions {
  /// Electrons that a dark pixel collects in a second (mean); they bring their own shot noise.
  double dark_current_eps = 0;
  /// 1 sigma of each pixel's gain, as a share (photo response non-uniformity). 0.01 is usual.
  double prnu = 0;
  /// 1 sigma of each pixel's offset, of each row's and of each column's (dark signal non-uniformity).
  double dsnu_e = 0;
  double row_offset_e = 0;
  double column_offset_e = 0;
  /// Share of the pixels that are hot, and the mean of their extra dark current, which is spread
  /// exponentially.
  double hot_pixel_share = 0;
  double hot_pixel_rate_eps = 1e6;

  bool HasOffsets() const {
    return dark_current_eps > 0 || dsnu_e > 0 || row_offset_e > 0 || column_offset_e > 0 ||
           hot_pixel_share > 0;
  }
  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

/// How a detector is read.
struct ReadOutOptions {
  double full_well_e = 0;   ///< electrons at full scale and unit amplifier; 0 = no noise, no electrons
  double read_noise_e = 0;  ///< 1 sigma a pixel, drawn anew for each image
  double black_level = 0;   ///< share of full scale without light
  int bits = 8;             ///< 8, 12 or 16; 0 = shares of full scale as CV_32F, neither rounded nor clipped
};

/// Which random numbers: those of the camera (fixed patterns) and those of one image.
struct NoiseSource {
  std::uint64_t camera_seed = 0;
  std::uint64_t seed = 0;
  std::uint64_t stream = 0;
};

/// Digital numbers of the light on a detector (CV_32F): gain, PRNU, dark current and fixed offsets, shot
/// noise in its normal approximation, read noise, black level, clipping, rounding; the noise model of EMVA
/// 1288. The same arguments give the same bytes with any number of threads. Returns CV_8U, CV_16U or CV_32F.
cv::Mat ReadOut(const cv::Mat& light, const Exposure& exposure, const DetectorOptions& detector,
                const ReadOutOptions& options, const NoiseSource& noise);

}  // namespace perilune::vision
