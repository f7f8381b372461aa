#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "dem/frames/site.h"
#include "dem/terrain/resample.h"
#include "dem/terrain/terrain.h"
#include "vision/camera/camera.h"

namespace perilune::datasets {

struct MapTerrainOptions {
  /// Normal albedo of the ground: a DEM has none (mare 0.07-0.10, highland 0.14-0.18).
  double albedo = 0.12;
  /// Raster of normal albedo (0 to 1) in any lunar CRS, for all levels; `albedo` where it has none. Empty:
  /// `albedo` everywhere.
  std::filesystem::path albedo_map;
  /// See dem::RasterFileOptions.
  std::string assume_crs;
  /// Grid points for each of the map's pixels, along each axis. More than 1 follow the bicubic surface
  /// between the map's heights and not chords and differences over two of its pixels.
  int points_per_pixel = 1;
};

/// The terrain of map files, finest first, inside `extent` of `site`'s plane: one level a file at the file's
/// own pixel spacing (or a fraction of it), each limited to the next coarser one. Level names are file names;
/// height sigma and correlation come from <map>.uncertainty.yaml and stay 0 where nothing is declared. Throws
/// dem::DataError when a file cannot be used or does not cover the extent at all, or when a finer file would
/// need more than 4·10⁸ grid points, when the albedo map has no value on any level, or one outside 0 to 1. A
/// terrain file (dem/terrain/terrain_file.h) stands alone and is opened
/// as it is, without `extent` and `options`; dem::DataError when it was made for another site than `site`, or
/// with an albedo map.
dem::Terrain TerrainFromMaps(const std::vector<std::filesystem::path>& maps_finest_first,
                             const dem::Site& site, const dem::SiteExtent& extent,
                             const MapTerrainOptions& options = {});

/// The same for one file.
dem::Terrain TerrainFromMap(const std::filesystem::path& map, const dem::Site& site,
                            const dem::SiteExtent& extent, const MapTerrainOptions& options = {});

/// The site that a terrain file among the maps was made for; nothing where all are DEMs, which fit any site.
std::optional<dem::Site> SiteOfMaps(const std::vector<std::filesystem::path>& maps);

/// Site where the boresight meets the reference sphere; below the camera when it misses the sphere.
dem::Site SiteAtBoresight(const Eigen::Isometry3d& moon_from_cam);

/// Ground outside a view that may shade it at a low Sun.
inline constexpr double kShadowMargin_m = 30'000;

/// The part of the site's plane that a camera can see on ground of any lunar height (−9.1 … +10.8 km), and
/// `margin_m` more on every side: for shadows cast into the view, and for an uncertain pose. Where rays miss
/// the Moon, to the horizon; never beyond `limit_m` from the origin.
dem::SiteExtent ExtentInView(const vision::Camera& camera, const Eigen::Isometry3d& site_from_cam,
                             double margin_m, double limit_m);

}  // namespace perilune::datasets
