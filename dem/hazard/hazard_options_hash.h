#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <optional>

#include "dem/hazard/hazard_map.h"

namespace perilune::dem {

/// FNV-1a over the bits of options and Sun: equal inputs, equal hash.
std::uint64_t HashOfHazardOptions(const HazardOptions& options,
                                  const std::optional<Eigen::Vector3d>& direction_to_sun_in_moon,
                                  double angular_radius_rad);

}  // namespace perilune::dem
