#pragma once

#include <Eigen/Core>
#include <span>

#include "dem/terrain/terrain.h"

namespace perilune::dem {

/// Rays of one azimuth as lines over the ground.
struct SunAzimuth {
  Eigen::Vector2d towards = Eigen::Vector2d::UnitY();  ///< unit, east and north
  std::span<const float> tangents;                     ///< of the elevations, rising
};

/// The height below which a point at (x, y) is in shadow: for each tangent the largest z(P) − d · tangent
/// over the ground that a line towards the Sun meets at distances d > 0, on whatever levels it lies, at the
/// grid lines that it crosses. Heights at most `no_matter_below_m` are not looked for; that value stands for
/// them.
void ShadowHeights(const Terrain& terrain, const SunAzimuth& azimuth, const Eigen::Vector2d& from_m,
                   float no_matter_below_m, std::span<const float> level_highest_m,
                   std::span<float> heights_m);

}  // namespace perilune::dem
