#pragma once

#include <optional>

#include "dem/frames/site.h"
#include "dem/io/raster_file.h"
#include "dem/raster/grid.h"
#include "dem/terrain/terrain.h"

namespace perilune::dem {

/// What a raster (an albedo map, say) has at the points of a level, in its own unit: the mean over each
/// point's cell of spacing_m where the raster is finer than that (at most kMostAcross² samples of it, each
/// interpolated bilinearly), the interpolated value where it is coarser. A point is looked up at
/// the latitude and longitude of the ground there, at its height. NaN where the level has no height or the
/// raster no value. Reads only the windows it needs; does not depend on the number of threads. Nothing
/// when the raster has no value at any of the level's points.
std::optional<Grid<float>> ValuesOnLevel(const RasterFile& file, const Site& site, const TerrainLevel& level);

inline constexpr int kMostAcross = 16;

}  // namespace perilune::dem
