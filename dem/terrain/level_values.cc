#include "dem/terrain/level_values.h"

#include <tbb/blocked_range2d.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <vector>

#include "dem/terrain/height_window.h"
#include "dem/terrain/level_blocks.h"
#include "dem/terrain/pixel_lattice.h"
#include "dem/terrain/resample.h"

namespace perilune::dem {
namespace {

constexpr std::int64_t kMostValuesAtOnce = std::int64_t{1} << 25;

double GroundHeightAt_m(const TerrainLevel& level, int col, int row) {
  return HeightAboveSphere({level.x0_m + col * level.spacing_m, level.y0_m - row * level.spacing_m,
                            static_cast<double>(level.z_m.At(col, row))});
}

/// Of all ground of the level, so that no result depends on how it is split.
HeightBracket GroundRange(const TerrainLevel& level) {
  HeightBracket range{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
  for (int row = 0; row < level.z_m.height; ++row) {
    for (int col = 0; col < level.z_m.width; ++col) {
      const double height_m = GroundHeightAt_m(level, col, row);
      if (std::isnan(height_m)) continue;
      range.lowest_m = std::min(range.lowest_m, height_m);
      range.highest_m = std::max(range.highest_m, height_m);
    }
  }
  return {range.lowest_m - 1, range.highest_m + 1};  // flat ground too has a height to scale by
}

/// Mean over the samples of one cell, which begin at (i, j) of the lattice; those that are missing count not.
double CellMean(const PixelLattice& lattice, const HeightWindow& values, int i, int j, int across, double t) {
  double sum = 0;
  int count = 0;
  for (int v = 0; v < across; ++v) {
    for (int u = 0; u < across; ++u) {
      const double value = values.BilinearAt(lattice.At(i + u, j + v).At(t));
      if (std::isnan(value)) continue;
      sum += value;
      ++count;
    }
  }
  return count > 0 ? sum / count : std::numeric_limits<double>::quiet_NaN();
}

/// Looks up the level's points from (first_col, first_row) on; whether any has a value.
class TileLookup {
 public:
  TileLookup(PixelProjection& projection, const TerrainLevel& level, int across)
      : projection_(projection), level_(level), bracket_(GroundRange(level)), across_(across) {}

  bool Fill(const HeightWindow& values, int first_col, int first_row, Grid<float>& result) const {
    const int width = std::min(kTilePoints, level_.z_m.width - first_col);
    const int height = std::min(kTilePoints, level_.z_m.height - first_row);
    const double step_m = level_.spacing_m / across_, to_first_m = (across_ - 1) * step_m / 2;
    const auto lattice = PixelLattice::Build(
        projection_,
        {level_.x0_m + first_col * level_.spacing_m - to_first_m,
         level_.y0_m - first_row * level_.spacing_m + to_first_m, step_m, width * across_, height * across_},
        bracket_);
    if (!lattice) return false;
    bool any = false;
    for (int j = 0; j < height; ++j) {
      for (int i = 0; i < width; ++i) {
        const double height_m = GroundHeightAt_m(level_, first_col + i, first_row + j);
        if (std::isnan(height_m)) continue;
        const double t = (2 * height_m - bracket_.highest_m - bracket_.lowest_m) /
                         (bracket_.highest_m - bracket_.lowest_m);
        const double value = CellMean(*lattice, values, i * across_, j * across_, across_, t);
        result.At(first_col + i, first_row + j) = static_cast<float>(value);
        any |= !std::isnan(value);
      }
    }
    return any;
  }

 private:
  PixelProjection& projection_;
  const TerrainLevel& level_;
  HeightBracket bracket_;
  int across_;
};

/// With the pixels that the cells of the outermost points need.
PixelWindow Widened(PixelWindow window, int by, const RasterFile& file) {
  const int end_row = std::min(window.row + window.height + by, file.height());
  window.row = std::max(window.row - by, 0);
  window.height = end_row - window.row;
  if (file.ColumnsPerTurn()) return {window.col - by, window.row, window.width + 2 * by, window.height};
  const int end_col = std::min(window.col + window.width + by, file.width());
  window.col = std::max(window.col - by, 0);
  window.width = end_col - window.col;
  return window;
}

}  // namespace

std::optional<Grid<float>> ValuesOnLevel(const RasterFile& file, const Site& site,
                                         const TerrainLevel& level) {
  const double finer = level.spacing_m / PixelOnGround_m(file, site.origin);
  const int across = static_cast<int>(std::clamp(std::ceil(finer - 0.01), 1.0, double{kMostAcross}));
  PixelProjection projection(file, site);
  const TileLookup lookup(projection, level, across);
  Grid<float> result(level.z_m.width, level.z_m.height);
  std::fill(result.data.begin(), result.data.end(), std::numeric_limits<float>::quiet_NaN());
  std::atomic<bool> any = false;
  for (const LevelBlock& block : SplitIntoBlocks(projection, file, site, level, kMostValuesAtOnce)) {
    if (!block.HasPixels()) continue;
    const HeightWindow values(file, Widened(block.window, across, file));
    const int end_x = (block.first_col + block.width + kTilePoints - 1) / kTilePoints;
    const int end_y = (block.first_row + block.height + kTilePoints - 1) / kTilePoints;
    tbb::parallel_for(
        tbb::blocked_range2d<int>(block.first_row / kTilePoints, end_y, block.first_col / kTilePoints, end_x),
        [&](const tbb::blocked_range2d<int>& tiles) {
          for (int row = tiles.rows().begin(); row < tiles.rows().end(); ++row) {
            for (int col = tiles.cols().begin(); col < tiles.cols().end(); ++col) {
              if (lookup.Fill(values, col * kTilePoints, row * kTilePoints, result)) any = true;
            }
          }
        });
  }
  if (!any) return std::nullopt;
  return result;
}

}  // namespace perilune::dem
