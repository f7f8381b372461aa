#include "dem/synthesis/site_type.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "dem/frames/moon.h"

namespace perilune::dem {

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
  static const std::array<SiteType, 4> types = [] {
    std::array<SiteType, 4> t;
    t[0] = {"mare", 3.3, 0.065, DegToRad(4.7), 0.90, 0.78, 3000, 0.014, 0.085, 0.06};
    t[1] = {"highland", 4.2, 0.140, DegToRad(9.4), 0.94, 0.95, 6000, 0.012, 0.16, 0.07};
    t[2] = {"polar", 4.15, 0.140, DegToRad(9.0), 0.94, 0.94, 6000, 0.012, 0.15, 0.06};
    t[3] = {"ejecta", 0.1, 0.079, DegToRad(7.0), 0.80, 0.80, 2000, 0.100, 0.17, 0.09};
    return t;
  }();
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
