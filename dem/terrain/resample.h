#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "dem/frames/site.h"
#include "dem/io/raster_file.h"
#include "dem/terrain/terrain.h"
#include "dem/terrain/terrain_file.h"

namespace perilune::dem {

/// A rectangle of the site plane, m.
struct SiteExtent {
  double min_x_m = 0, max_x_m = 0, min_y_m = 0, max_y_m = 0;
};

/// What lies in both; min above max when nothing does.
SiteExtent Intersection(const SiteExtent& a, const SiteExtent& b);

struct ResampleOptions {
  /// Pixels of the file held at once, at least 4096: 32 Mi are 128 MiB. More are read in parts, and then the
  /// file is read twice: once for the range of its heights. The result does not depend on it.
  std::int64_t most_window_pixels = std::int64_t{1} << 25;
  /// Called now and then from the calling thread with the share of the work that is done; may throw to stop.
  std::function<void(double done)> progress;

  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

/// Heights of `file` resampled into `site` on a grid of `spacing_m` that covers `extent`, curvature baked in:
/// at (x, y) the z with |P − centre| = R + h(latitude, longitude of P), found by fixed-point iteration to
/// below 1 mm. Heights are interpolated bicubically (Catmull-Rom; bilinear beside missing cells). NaN where
/// the file has no data. Reads only the windows it needs. Throws DataError when nothing of the extent is
/// covered, or when one tile of 64 × 64 points needs more than `most_window_pixels`.
TerrainLevel ResampleIntoSite(const RasterFile& file, const Site& site, const SiteExtent& extent,
                              double spacing_m, const ResampleOptions& options = {});

/// A level that ResampleIntoSite would make, with its shape and no heights yet: for a terrain that is built
/// in its file (TerrainFileWriter). Throws std::invalid_argument for an extent or spacing that cannot be.
PlannedLevel PlanLevel(const RasterFile& file, const SiteExtent& extent, double spacing_m);

/// Fills all heights of a level whose shape and place are given, as ResampleIntoSite does. Beside the level
/// it needs one window of the file.
void ResampleInto(TerrainLevel& level, const RasterFile& file, const Site& site,
                  const ResampleOptions& options = {});

/// The part of `site`'s plane that the raster covers (the bounding box of its outline, limited to `limit_m`
/// around the origin; the far side of the Moon is never part of it). Throws DataError when that is empty.
SiteExtent CoverageInSite(const RasterFile& file, const Site& site, double limit_m);

/// Ground distance √(dx·dy) of one pixel at the site (or at the raster's nearest covered place), m.
double PixelOnGround_m(const RasterFile& file, const LatLon& place);

}  // namespace perilune::dem
