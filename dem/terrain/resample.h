#pragma once

#include <string>

#include "dem/frames/site.h"
#include "dem/io/raster_file.h"
#include "dem/terrain/terrain.h"

namespace perilune::dem {

/// A rectangle of the site plane, m.
struct SiteExtent {
  double min_x_m = 0, max_x_m = 0, min_y_m = 0, max_y_m = 0;
};

/// Heights of `file` resampled into `site` on a grid of `spacing_m` that covers `extent`, curvature baked in:
/// at (x, y) the z with |P − centre| = R + h(latitude, longitude of P), found by fixed-point iteration to
/// below 1 mm. Heights are interpolated bicubically (Catmull-Rom; bilinear beside missing cells). NaN where
/// the file has no data. Reads only the windows it needs. Throws DataError when nothing of the extent is
/// covered.
TerrainLevel ResampleIntoSite(const RasterFile& file, const Site& site, const SiteExtent& extent,
                              double spacing_m);

/// The part of `site`'s plane that the raster covers (the bounding box of its outline, limited to `limit_m`
/// around the origin; the far side of the Moon is never part of it). Throws DataError when that is empty.
SiteExtent CoverageInSite(const RasterFile& file, const Site& site, double limit_m);

/// Ground distance √(dx·dy) of one pixel at the site (or at the raster's nearest covered place), m.
double PixelOnGround_m(const RasterFile& file, const LatLon& place);

}  // namespace perilune::dem
