#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "dem/hazard/hazard_map.h"
#include "dem/io/raster_file.h"
#include "dem/raster/cell_window.h"

namespace perilune::tools {

using dem::CellWindow;

/// The cells of a square of ground of `size_m` around a place, cut at the raster's edge. Throws
/// std::invalid_argument when nothing of it is on the raster.
CellWindow WindowAround(const dem::RasterFile& file, const dem::LatLon& place, double size_m);

/// What is asked of the ground of a file's window.
struct HazardsOfFile {
  const dem::RasterFile& file;
  CellWindow window;
  dem::HazardOptions options;
  std::optional<dem::PlacedSun> sun;
  double shadow_reach_m = 0;  ///< ground farther towards the Sun casts no shadow
};

/// The window with all that its map depends on, as far as the file goes.
CellWindow WithReach(const HazardsOfFile& asked);

/// Lowest and highest ground.
struct HeightRange {
  double lowest_m = 0, highest_m = 0;
};

/// Maps the window by square blocks, whose sides are multiples of dem::kHazardTile cells that begin at such
/// multiples of the file's columns and rows; each is handed over cut to the window, with its heights and its
/// first cell, counted from the window's. The bits of a cell depend neither on the blocks nor, shadows aside,
/// on the window. `range` is that of WithReach; only shadows ask for it. Without a Sun a block and its reach
/// are in memory; with one, up to 300 MB of heights at a time, or a block with the reach of its shadows.
void ForEachHazardBlock(const HazardsOfFile& asked, const HeightRange& range, int block_side,
                        const std::function<void(const dem::HazardMap& map, const dem::Grid<float>& heights,
                                                 int col, int row)>& use);

/// The cells of a window of a file, of heights that hold the window `of` of it.
dem::Grid<float> CutHeights(const dem::Grid<float>& heights, const CellWindow& of, const CellWindow& window);

struct MappedWindow {
  dem::Raster<float> dem;
  dem::HazardMap map;
};

/// Hazards of a window that fits into memory. `progress` is told done and all cells after each block and may
/// throw. Throws dem::DataError when the window has no data at all.
MappedWindow MapHazardWindow(const HazardsOfFile& asked,
                             const std::function<void(std::int64_t done, std::int64_t all)>& progress);

}  // namespace perilune::tools
