#pragma once

#include <opencv2/core.hpp>

#include "vision/render/solar_flux.h"

namespace perilune::vision {

/// What turns light into a signal: optics and detector.
struct RadiometryOptions {
  double f_number = 5.6;
  double pixel_pitch_m = 5.5e-6;
  double transmission = 0.9;        ///< of the optics
  double quantum_efficiency = 0.5;  ///< electrons a photon, mean over the band
  double wavelength_m = 550e-9;     ///< at which the band's photons are counted
  SolarBand band = {1, 0.366};      ///< 400–700 nm of a black body of 5 772 K

  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

/// Electrons a second that a radiance factor of 1 makes in a pixel on the axis: photons of
/// E = π L T / (4 N²) on p², L = F/π.
double ElectronsPerSecond(const RadiometryOptions& options);

/// How a camera sets its exposure.
struct ExposureControlOptions {
  /// Share of full scale that a radiance factor of 1 fills in a second at unit gain
  /// (ElectronsPerSecond / full well); 0 = not modelled: any gain is had at any exposure time.
  double response_per_s = 0;
  double shortest_s = 1e-5;  ///< of the shutter
  double longest_s = 0.01;   ///< what motion blur allows
  double highest_gain = 16;  ///< of the amplifier

  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

struct Exposure {
  double gain = 0;        ///< share of full scale that a radiance factor of 1 fills
  double exposure_s = 0;  ///< shutter
  double amplifier = 1;   ///< full scale holds full well / this many electrons
};

/// The exposure that fills `gain` with the shutter as far as it goes and the amplifier for the rest; what
/// both cannot reach stays too dark or too bright. Without a response: the gain itself at `exposure_s`.
Exposure SetExposure(double gain, double exposure_s, const ExposureControlOptions& options);

/// The automatic gain for a radiance image (CV_32F, NaN ignored), before blur; 0 when nothing in it is lit:
/// the 95th percentile fills `auto_target` of full scale.
double AutomaticGain(const cv::Mat& radiance, double auto_target);

}  // namespace perilune::vision
