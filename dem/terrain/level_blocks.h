#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "dem/terrain/height_window.h"
#include "dem/terrain/resample.h"

namespace perilune::dem {

/// Levels are resampled by square tiles of this many points a side.
inline constexpr int kTilePoints = 64;

/// Whole tiles of a level, and the pixels of a file that they need: an empty window where the file has none.
struct LevelBlock {
  int first_col = 0, first_row = 0, width = 0, height = 0;
  PixelWindow window;

  bool HasPixels() const { return window.width > 0; }
};

/// Splits a level until no block needs more than `most_pixels` of the file at once. Throws DataError when a
/// single tile needs more.
std::vector<LevelBlock> SplitIntoBlocks(PixelProjection& projection, const RasterFile& file, const Site& site,
                                        const TerrainLevel& level, std::int64_t most_pixels);

/// Points around a rectangle, the first one again at the end.
std::vector<Eigen::Vector2d> Outline(const SiteExtent& extent);

}  // namespace perilune::dem
