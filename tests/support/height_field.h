#pragma once

#include <cmath>
#include <functional>

#include "dem/terrain/terrain.h"

namespace perilune::test {

/// z in `site` at x and y, m.
using HeightField = std::function<double(double, double)>;

inline double FlatGround(double, double) { return 0; }

/// A square level around the site.
inline dem::TerrainLevel LevelOf(const HeightField& height, double half_width_m, double spacing_m) {
  const int n = 2 * static_cast<int>(std::lround(half_width_m / spacing_m)) + 1;
  dem::TerrainLevel level;
  level.z_m = dem::Grid<float>(n, n);
  level.spacing_m = spacing_m;
  level.x0_m = -half_width_m;
  level.y0_m = half_width_m;
  for (int row = 0; row < n; ++row) {
    for (int col = 0; col < n; ++col) {
      level.z_m.At(col, row) =
          static_cast<float>(height(level.x0_m + col * spacing_m, level.y0_m - row * spacing_m));
    }
  }
  return level;
}

inline dem::Terrain TerrainOf(const HeightField& height, double half_width_m, double spacing_m,
                              const dem::LatLon& origin = {}) {
  return dem::Terrain(dem::MakeSite(origin), {LevelOf(height, half_width_m, spacing_m)});
}

}  // namespace perilune::test
