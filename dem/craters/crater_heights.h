#pragma once

#include <vector>

#include "dem/craters/crater.h"
#include "dem/io/raster_file.h"

namespace perilune::dem {

/// Sets `height_m` of each crater to the mean of the DEM at 16 places of its rim (nearest pixels); craters of
/// whose rim the DEM has nothing keep theirs. Returns how many were set. Throws DataError as
/// RasterFile::ReadWindow does.
int SetHeightsFromDem(std::vector<Crater>& craters, const RasterFile& dem);

}  // namespace perilune::dem
