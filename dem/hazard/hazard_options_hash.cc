#include "dem/hazard/hazard_options_hash.h"

#include <cstring>

namespace perilune::dem {

namespace {

/// FNV-1a over the bits of numbers.
class NumberHash {
 public:
  void Add(double value) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    for (int byte = 0; byte < 8; ++byte) {
      hash_ = (hash_ ^ ((bits >> (8 * byte)) & 0xFF)) * 1099511628211ULL;
    }
  }
  std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 14695981039346656037ULL;
};

}  // namespace

std::uint64_t HashOfHazardOptions(const HazardOptions& options,
                                  const std::optional<Eigen::Vector3d>& direction_to_sun_in_moon,
                                  double angular_radius_rad) {
  NumberHash hash;
  for (const double value :
       {options.footprint_m, options.slope_limit_rad, options.roughness_limit_m,
        options.relief_limit_m.value_or(-1), options.min_lit_fraction, options.height_sigma_m,
        options.height_correlation_m, options.unresolved_slope_rad, options.unresolved_roughness_m,
        static_cast<double>(options.slope_estimator), options.slope_baseline_m,
        options.effective_resolution_m, options.least_detail_ratio}) {
    hash.Add(value);
  }
  if (options.lander) {
    const Lander& lander = *options.lander;
    for (const double value : {static_cast<double>(lander.legs), lander.leg_circle_diameter_m,
                               lander.pad_diameter_m, lander.body_clearance_m, lander.max_tilt_rad,
                               lander.max_roughness_m, static_cast<double>(options.footprint_test.yaws),
                               static_cast<double>(options.footprint_test.planes),
                               static_cast<double>(options.probability_draws)}) {
      hash.Add(value);
    }
  }
  for (const double baseline_m : options.more_slope_baselines_m) hash.Add(baseline_m);
  if (direction_to_sun_in_moon) {
    for (int axis = 0; axis < 3; ++axis) hash.Add((*direction_to_sun_in_moon)[axis]);
    hash.Add(angular_radius_rad);
  }
  return hash.value();
}

}  // namespace perilune::dem
