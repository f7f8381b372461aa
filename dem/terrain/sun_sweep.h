#pragma once

#include <Eigen/Core>
#include <optional>
#include <span>
#include <vector>

#include "dem/terrain/sun_sweep_kernel.h"
#include "dem/terrain/terrain.h"

namespace perilune::dem {

/// What a sweep needs of directions to the Sun: one azimuth, and tangents of elevations.
struct SweptSun {
  Eigen::Vector2d towards = Eigen::Vector2d::UnitY();  ///< horizontal unit vector, east and north
  std::vector<float> tangents;                         ///< rising
};

/// Nothing where one of the directions is within 1e-3 rad of the vertical or of another azimuth: such a Sun
/// cannot be swept.
std::optional<SweptSun> SweptSunOf(std::span<const Eigen::Vector3d> directions_in_site);

struct SweepTolerance {
  float start_above_m = 0;  ///< of the rays that the sweep stands for, over the ground
  float margin_m = 0;  ///< of a grid point from the horizon, below which neighbouring lines do not decide
};

/// How many of the tangents are in shadow at each grid point of a level, with kSunDoubt where the sweep does
/// not decide. Parallel over blocks of lines; the same bytes with any number of threads.
///
/// Ray lines run through the level towards the Sun, one for each grid point of a row (or column, along the
/// axis that the azimuth follows more). Each carries the largest height minus distance times tangent of the
/// ground that it met, where it crosses grid lines of both families. A grid point lies between two lines;
/// what they carry is interpolated. Lines start with what the ground outside the level casts
/// (outer_horizon.h).
Grid<std::uint8_t> SweepLevel(const Terrain& terrain, int level, const SweptSun& sun,
                              const SweepTolerance& tolerance, SimdLevel simd);

}  // namespace perilune::dem
