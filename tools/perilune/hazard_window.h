#pragma once

#include <functional>
#include <optional>
#include <string>

#include "dem/hazard/hazard_map.h"
#include "dem/io/raster_file.h"

namespace perilune::tools {

/// Cells of a raster file.
struct CellWindow {
  int col = 0, row = 0;
  int width = 0, height = 0;
};

/// The cells of a square of ground of `size_m` around a place, cut at the raster's edge. Throws
/// std::invalid_argument when nothing of it is on the raster.
CellWindow WindowAround(const dem::RasterFile& file, const dem::LatLon& place, double size_m);

struct MappedWindow {
  dem::Raster<float> dem;
  dem::HazardMap map;
};

/// Hazards of a window, read and mapped by strips of rows with a margin of a footprint on each side and of
/// `shadow_reach_m` towards the Sun: ground farther away casts no shadow. Equal to mapping all at once up to
/// rounding. `progress` is told done and all rows after each strip and may throw. Throws dem::DataError when
/// the window has no data at all.
MappedWindow MapHazardWindow(dem::RasterFile& file, const CellWindow& window,
                             const dem::HazardOptions& options, const std::optional<dem::PlacedSun>& sun,
                             double shadow_reach_m, const std::function<void(int done, int all)>& progress);

}  // namespace perilune::tools
