#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "dem/synthesis/four_taps.h"
#include "dem/terrain/terrain.h"

namespace perilune::dem {

/// A place inside a level: the cell's upper left grid point and the offsets in it, in [0, 1].
struct CellPlace {
  int col = 0;
  int row = 0;
  double p = 0;
  double q = 0;
};

/// Nothing outside the level's rectangle.
inline std::optional<CellPlace> PlaceIn(const TerrainLevel& level, double x_m, double y_m) {
  const double u = (x_m - level.x0_m) / level.spacing_m;
  const double v = (level.y0_m - y_m) / level.spacing_m;
  if (!(u >= 0 && v >= 0 && u <= level.z_m.width - 1 && v <= level.z_m.height - 1)) return std::nullopt;
  const int col = std::min(static_cast<int>(u), level.z_m.width - 2);
  const int row = std::min(static_cast<int>(v), level.z_m.height - 2);
  return CellPlace{col, row, u - col, v - row};
}

inline double Bilinear(const Grid<float>& grid, const CellPlace& at) {
  const double top = grid.At(at.col, at.row) * (1 - at.p) + grid.At(at.col + 1, at.row) * at.p;
  const double bottom = grid.At(at.col, at.row + 1) * (1 - at.p) + grid.At(at.col + 1, at.row + 1) * at.p;
  return top * (1 - at.q) + bottom * at.q;
}

/// Catmull-Rom (Keys 1981, a = −1/2), the grid continued as a constant; bilinear beside missing data.
inline double SmoothAt(const Grid<float>& grid, const CellPlace& at) {
  const std::array<double, 4> across = CatmullRomWeights(at.p), down = CatmullRomWeights(at.q);
  double height = 0;
  for (int j = 0; j < 4; ++j) {
    const int row = std::clamp(at.row - 1 + j, 0, grid.height - 1);
    double line = 0;
    for (int i = 0; i < 4; ++i) {
      line += across[i] * static_cast<double>(grid.At(std::clamp(at.col - 1 + i, 0, grid.width - 1), row));
    }
    height += down[j] * line;
  }
  return std::isnan(height) ? Bilinear(grid, at) : height;
}

}  // namespace perilune::dem
