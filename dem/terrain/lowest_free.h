#pragma once

#include <Eigen/Core>
#include <array>
#include <span>
#include <vector>

#include "dem/terrain/terrain.h"

namespace perilune::dem {

/// Index of the lowest of several directions to the Sun that is free from each point, as rays find it;
/// `directions_in_site.size()` where none is. All have one azimuth and rise: over a height field a ray that
/// passes lets every steeper one of its azimuth pass, so the lowest free one is found by bisection. Most
/// points see the lowest, which is asked first.
std::vector<int> LowestFree(const Terrain& terrain, std::span<const Eigen::Vector3d> directions_in_site,
                            const std::array<std::span<const double>, 3>& points_in_site_m);

}  // namespace perilune::dem
