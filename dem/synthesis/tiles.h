#pragma once

#include <tbb/blocked_range2d.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "dem/raster/grid.h"
#include "dem/synthesis/craters.h"
#include "dem/synthesis/plane_window.h"

namespace perilune::dem {

/// A part of a window that one thread works on.
struct SynthesisTile {
  std::vector<double> xs_m;   ///< rising
  std::vector<double> ys_m;   ///< falling
  std::vector<float> values;  ///< row-major, ys × xs

  PlaneRect Rect() const { return {xs_m.front(), xs_m.back(), ys_m.back(), ys_m.front()}; }
};

/// Adds profile(ρ²) to the tile around a crater, ρ being the distance in radii. `profile` is exactly 0 from
/// kCraterReach on, so that it does not matter which tiles are visited.
template <typename Profile>
void StampCrater(const SyntheticCrater& crater, const Profile& profile, SynthesisTile& tile) {
  const double radius_m = crater.diameter_m / 2, reach_m = kCraterReach * radius_m;
  const auto first =
      std::lower_bound(tile.xs_m.begin(), tile.xs_m.end(), crater.x_m - reach_m) - tile.xs_m.begin();
  const auto last =
      std::upper_bound(tile.xs_m.begin(), tile.xs_m.end(), crater.x_m + reach_m) - tile.xs_m.begin();
  const auto inverse_radius = static_cast<float>(1 / radius_m);
  const double* xs = tile.xs_m.data();
  for (std::size_t r = 0; r < tile.ys_m.size(); ++r) {
    const double dy_m = tile.ys_m[r] - crater.y_m;
    if (std::abs(dy_m) > reach_m) continue;
    const float dy = static_cast<float>(dy_m) * inverse_radius;
    float* row = tile.values.data() + r * tile.xs_m.size();
    for (auto c = first; c < last; ++c) {
      const float dx = static_cast<float>(xs[c] - crater.x_m) * inverse_radius;
      row[c] += profile(dx * dx + dy * dy);
    }
  }
}

/// For every tile of the window, in parallel: fill(tile), which starts with zeros, then combine(cell, value)
/// for each cell of `grid`.
template <typename Fill, typename Combine>
void ForEachTile(Grid<float>& grid, const PlaneWindow& window, const Fill& fill, const Combine& combine) {
  constexpr int kTile = 256;
  const auto work = [&](int first_row, int first_column) {
    const int rows = std::min(kTile, window.height - first_row);
    const int columns = std::min(kTile, window.width - first_column);
    SynthesisTile tile{
        GridLines(window.x0_m, window.spacing_m, 1, first_column, columns),
        GridLines(window.y0_m, window.spacing_m, -1, first_row, rows),
        std::vector<float>(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns))};
    fill(tile);
    const float* value = tile.values.data();
    for (int r = 0; r < rows; ++r) {
      float* out = &grid.At(first_column, first_row + r);
      for (int c = 0; c < columns; ++c) combine(out[c], *value++);
    }
  };
  const int tile_rows = (window.height + kTile - 1) / kTile,
            tile_columns = (window.width + kTile - 1) / kTile;
  tbb::parallel_for(tbb::blocked_range2d<int>(0, tile_rows, 1, 0, tile_columns, 1),
                    [&](const tbb::blocked_range2d<int>& range) {
                      for (int i = range.rows().begin(); i < range.rows().end(); ++i) {
                        for (int j = range.cols().begin(); j < range.cols().end(); ++j)
                          work(i * kTile, j * kTile);
                      }
                    });
}

}  // namespace perilune::dem
