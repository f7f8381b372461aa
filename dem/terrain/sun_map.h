#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "dem/terrain/terrain.h"

namespace perilune::dem {

/// Which of several directions to the Sun each grid point of a level sees.
struct SunMap {
  static constexpr std::uint8_t kNoData = 255;

  int level = 0;
  std::vector<Eigen::Vector3d> directions_in_site;
  /// Index of the lowest free direction; their number where none is free; kNoData.
  Grid<std::uint8_t> lowest_free;
  std::int64_t traced = 0;  ///< grid points that rays decided
};

struct SunMapOptions {
  /// Rays start this much above the grid points, in grid cells: as those of a renderer do.
  double start_above_cells = 1e-3;
  /// Grid points that are nearer than this to the edge of the shadow, in height and in grid cells, are given
  /// to rays: the surface bulges between the lines at which a sweep meets it.
  double doubt_cells = 0.01;
  bool trace_doubtful = true;  ///< false: what the sweep finds, as it is

  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

/// Sweeps a level with a running horizon away from the Sun (sun_sweep.h) and gives what that does not decide
/// to rays. The directions are those to strips of the Sun's disc: unit vectors of one azimuth, lowest first,
/// at most 127. For a Sun in the zenith, where they have not one azimuth, rays decide everything.
/// Throws std::invalid_argument for other directions or a level that is not there.
SunMap MakeSunMap(const Terrain& terrain, int level, std::vector<Eigen::Vector3d> directions_in_site,
                  const SunMapOptions& options = {}, SimdLevel simd = ChosenSimdLevel());

}  // namespace perilune::dem
