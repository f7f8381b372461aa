#include "vision/imaging/exposure_control.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <stdexcept>
#include <vector>

#include "dem/frames/moon.h"
#include "vision/imaging/option_check.h"

namespace perilune::vision {

void RadiometryOptions::Validate() const {
  RequireWithin("f_number", f_number, 0.5, 100);
  RequireWithin("pixel_pitch_m", pixel_pitch_m, 1e-7, 1e-3);
  RequireShare("transmission", transmission);
  RequireShare("quantum_efficiency", quantum_efficiency);
  RequireWithin("wavelength_m", wavelength_m, 1e-7, 1e-4);
}

double ElectronsPerSecond(const RadiometryOptions& options) {
  constexpr double kPlanck_Js = 6.62607015e-34, kLight_mps = 299792458;
  options.Validate();
  const double radiance_Wpm2sr = RadianceFromFactor_Wpm2sr(1, options.band);
  const double irradiance_Wpm2 =
      dem::kPi * radiance_Wpm2sr * options.transmission / (4 * options.f_number * options.f_number);
  const double photon_J = kPlanck_Js * kLight_mps / options.wavelength_m;
  return irradiance_Wpm2 * options.pixel_pitch_m * options.pixel_pitch_m / photon_J *
         options.quantum_efficiency;
}

void ExposureControlOptions::Validate() const {
  RequireNonNegative("exposure_control.response_per_s", response_per_s);
  RequireWithin("exposure_control.shortest_s", shortest_s, 1e-9, 3600);
  RequireWithin("exposure_control.longest_s", longest_s, shortest_s, 3600);
  RequireWithin("exposure_control.highest_gain", highest_gain, 1, 1e6);
}

Exposure SetExposure(double gain, double exposure_s, const ExposureControlOptions& options) {
  if (options.response_per_s == 0) return {gain, exposure_s, 1};
  Exposure exposure;
  exposure.exposure_s = std::clamp(gain / options.response_per_s, options.shortest_s, options.longest_s);
  const double reached = options.response_per_s * exposure.exposure_s;
  exposure.amplifier = std::clamp(gain / reached, 1.0, options.highest_gain);
  exposure.gain = reached * exposure.amplifier;
  return exposure;
}

double AutomaticGain(const cv::Mat& radiance, double auto_target) {
  if (radiance.empty() || radiance.type() != CV_32FC1) {
    throw std::invalid_argument("imaging: the radiance image must be CV_32F and not empty");
  }
  std::vector<float> values;
  values.reserve(radiance.total());
  for (int row = 0; row < radiance.rows; ++row) {
    const float* in = radiance.ptr<float>(row);
    std::copy_if(in, in + radiance.cols, std::back_inserter(values),
                 [](float v) { return std::isfinite(v); });
  }
  if (values.empty()) return 0;
  const auto rank = static_cast<std::ptrdiff_t>(0.95 * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + rank, values.end());
  // Less than a twentieth of the ground is lit: expose for the brightest place instead.
  const double level = values[static_cast<std::size_t>(rank)] > 0
                           ? values[static_cast<std::size_t>(rank)]
                           : *std::max_element(values.begin() + rank, values.end());
  return level > 0 ? auto_target / level : 0;
}

}  // namespace perilune::vision
