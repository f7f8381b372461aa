#include "dem/synthesis/site_type.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "dem/frames/moon.h"

namespace perilune::dem {
namespace {

/// How much steeper than D⁻² the labels of twelve NAC images are from 8 to 128 pixels (docs/terrain.md).
constexpr double kLabelledExcess = 0.33;

}  // namespace

double SiteType::Deviation2_m2(double baseline_m) const {
  const double at_10m = std::tan(slope_at_10m_rad) * 10;
  const double fine_m = std::min(baseline_m, kFineUpTo_m);
  const double coarse_m = std::max(baseline_m, kFineUpTo_m);
  const double fractal =
      at_10m * at_10m * std::pow(fine_m / 10, 2 * fine_hurst) * std::pow(coarse_m / kFineUpTo_m, 2 * hurst);
  // Beyond the break the deviation grows as the root of the baseline: 2·hurst − 1 is taken off the exponent.
  return fractal / std::pow(1 + std::pow(baseline_m / break_m, 2), hurst - 0.5);
}

double SiteType::Slope_rad(double baseline_m) const {
  return std::atan(std::sqrt(Deviation2_m2(baseline_m)) / baseline_m);
}

const std::array<SiteType, 4>& SiteTypes() {
  static const std::array<SiteType, 4> types = {{
      {.name = "mare",
       .age_ga = 3.3,
       .equilibrium = 0.100,
       .equilibrium_excess_slope = kLabelledExcess,
       .crater_excess = 1.00,
       .slope_at_10m_rad = DegToRad(4.7),
       .fine_hurst = 0.89,
       .hurst = 0.78,
       .break_m = 3000,
       .rock_cover = 0.014,
       .albedo = 0.085,
       .albedo_sigma = 0.036},
      {.name = "highland",
       .age_ga = 4.2,
       .equilibrium = 0.150,
       .equilibrium_excess_slope = kLabelledExcess,
       .crater_excess = 1.27,
       .slope_at_10m_rad = DegToRad(9.4),
       .fine_hurst = 0.935,
       .hurst = 0.95,
       .break_m = 6000,
       .rock_cover = 0.012,
       .albedo = 0.16,
       .albedo_sigma = 0.036},
      {.name = "polar",
       .age_ga = 4.15,
       .equilibrium = 0.150,
       .equilibrium_excess_slope = kLabelledExcess,
       .crater_excess = 1.27,
       .slope_at_10m_rad = DegToRad(9.0),
       .fine_hurst = 0.935,
       .hurst = 0.94,
       .break_m = 6000,
       .rock_cover = 0.012,
       .albedo = 0.15,
       .albedo_sigma = 0.036},
      {.name = "ejecta",
       .age_ga = 0.1,
       .equilibrium = 0.079,
       .equilibrium_excess_slope = kLabelledExcess,
       .crater_excess = 1.00,
       .slope_at_10m_rad = DegToRad(5.8),
       .fine_hurst = 0.84,
       .hurst = 0.84,
       .break_m = 2000,
       .rock_cover = 0.100,
       .albedo = 0.17,
       .albedo_sigma = 0.036},
  }};
  return types;
}

const SiteType& SiteTypeNamed(const std::string& name) {
  std::string known;
  for (const SiteType& type : SiteTypes()) {
    if (name == type.name) return type;
    known += (known.empty() ? "" : ", ") + std::string(type.name);
  }
  throw std::invalid_argument("site type '" + name + "' is none of " + known);
}

}  // namespace perilune::dem
