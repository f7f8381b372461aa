#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <limits>
#include <opencv2/core.hpp>
#include <optional>

#include "vision/camera/camera.h"
#include "vision/imaging/detector.h"
#include "vision/imaging/exposure_control.h"
#include "vision/imaging/lens_dust.h"
#include "vision/imaging/plume.h"
#include "vision/imaging/stray_light.h"
#include "vision/imaging/vignetting.h"

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
  /// 8, 12 or 16 (stored as 8U or 16U; full scale is 2^bits − 1). 0 = shares of full scale as 32F, neither
  /// rounded nor clipped.
  int bits = 8;
  /// Shutter time, for what grows with it (dark current), where exposure_control does not set it.
  double exposure_s = 0.001;

  // What follows is off by default.
  VignettingOptions vignetting;
  LensDustOptions lens_dust;
  StrayLightOptions stray_light;
  PlumeOptions plume;
  DetectorOptions detector;
  ExposureControlOptions exposure_control;
  /// Which camera: its dust, hot pixels and fixed patterns.
  std::uint64_t camera_seed = 1;

  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

/// Every effect off, unit gain, no rounding: the image is the radiance.
ImagingOptions IdealImaging();

/// What some effects need to know of the moment. Throws where one is on that lacks it.
struct ImagingScene {
  std::optional<Camera> camera;                               ///< vignetting, stray light
  double height_m = std::numeric_limits<double>::infinity();  ///< of the camera above the ground: plume
  std::optional<Eigen::Vector3d> direction_to_sun_in_cam;     ///< stray light; unit
};

/// The picture that a camera makes of a radiance image (CV_32F; NaN = space = dark): plume, stray light,
/// blur, vignetting, lens dust, then the detector (see ReadOut). Noise comes from the counter (seed, stream):
/// the same arguments give the same bytes with any number of threads. Returns CV_8U (8 bits), CV_16U or
/// CV_32F. Throws std::invalid_argument for bad options, another image type, or a scene that lacks what an
/// effect needs.
cv::Mat ExposeImage(const cv::Mat& radiance, const ImagingOptions& options, std::uint64_t seed,
                    std::uint64_t stream, const ImagingScene& scene = {});

}  // namespace perilune::vision
