#include "datasets/formats/map_terrain.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <utility>

#include "datasets/formats/uncertainty.h"
#include "dem/io/data_error.h"
#include "dem/io/raster_file.h"
#include "dem/terrain/level_values.h"
#include "dem/terrain/terrain_file.h"

namespace perilune::datasets {
namespace {

constexpr double kMaxGridPoints = 4e8;  // 1.6 GB of heights
constexpr double kLowestGround_m = -9.1e3;
constexpr double kHighestGround_m = 10.8e3;

double FarthestCoordinate(const dem::SiteExtent& e) {
  return std::max({std::abs(e.min_x_m), std::abs(e.max_x_m), std::abs(e.min_y_m), std::abs(e.max_y_m)});
}

/// What lies inside a coarser level when a grid of `spacing_m` may stick out by one of its points.
dem::SiteExtent Inside(const dem::TerrainLevel& level, double spacing_m) {
  return {level.x0_m + spacing_m, level.MaxX() - spacing_m, level.MinY() + spacing_m, level.y0_m - spacing_m};
}

dem::TerrainLevel LoadLevel(const std::filesystem::path& map, const dem::Site& site,
                            const dem::SiteExtent& wanted, const dem::TerrainLevel* coarser,
                            const MapTerrainOptions& options) {
  const dem::RasterFile file(map, {1, options.assume_crs});
  const double spacing_m = dem::PixelOnGround_m(file, site.origin) / options.points_per_pixel;
  dem::SiteExtent extent =
      dem::Intersection(wanted, dem::CoverageInSite(file, site, FarthestCoordinate(wanted) + spacing_m));
  if (coarser != nullptr) extent = dem::Intersection(extent, Inside(*coarser, spacing_m));
  const double width_m = extent.max_x_m - extent.min_x_m, height_m = extent.max_y_m - extent.min_y_m;
  if (!(width_m > spacing_m && height_m > spacing_m)) {
    throw dem::DataError(map, "does not cover the place: it needs a map around " +
                                  std::to_string(dem::RadToDeg(site.origin.latitude_rad)) + " N, " +
                                  std::to_string(dem::RadToDeg(site.origin.longitude_rad)) + " E");
  }
  if (width_m / spacing_m * (height_m / spacing_m) > kMaxGridPoints) {
    throw dem::DataError(
        map, "the part in view needs more than 4e8 grid points: use a coarser map or look from lower down");
  }
  dem::TerrainLevel level = dem::ResampleIntoSite(file, site, extent, spacing_m);
  const MapUncertainty uncertainty = ReadMapUncertainty(map);
  level.height_sigma_m = uncertainty.height_sigma_m.value_or(0);
  level.height_correlation_m = uncertainty.height_correlation_m.value_or(0);
  level.albedo = options.albedo;
  level.name = map.filename().string();
  return level;
}

/// Gives the levels the map's albedo; where it has none they keep the constant one.
void AddAlbedo(std::vector<dem::TerrainLevel>& levels, const dem::Site& site,
               const MapTerrainOptions& options) {
  const dem::RasterFile file(options.albedo_map, {1, options.assume_crs});
  bool any = false;
  for (dem::TerrainLevel& level : levels) {
    std::optional<dem::Grid<float>> albedo = dem::ValuesOnLevel(file, site, level);
    if (!albedo) continue;
    any = true;
    for (float& value : albedo->data) {
      if (std::isnan(value)) value = static_cast<float>(options.albedo);
      if (!(value >= 0 && value <= 1)) {
        throw dem::DataError(options.albedo_map,
                             "an albedo of " + std::to_string(value) +
                                 ": it must lie between 0 and 1 (a picture's grey values "
                                 "are scaled by gdal_translate -ot Float32 -scale 0 255 0 1)");
      }
    }
    level.albedo_grid = std::move(*albedo);
  }
  if (!any) throw dem::DataError(options.albedo_map, "it has no albedo on the ground in view");
}

/// First point of a ray on the sphere |P − centre| = R + height; the point nearest to it when the ray misses.
std::optional<Eigen::Vector3d> OnSphere(const Eigen::Vector3d& origin_in_site,
                                        const Eigen::Vector3d& direction, double height_m) {
  const Eigen::Vector3d from_centre = origin_in_site - dem::MoonCentreInSite();
  const double radius_m = dem::kMoonRadius_m + height_m;
  const double along = -from_centre.dot(direction);
  const double off_axis2 = from_centre.squaredNorm() - along * along;
  const double half_chord2 = radius_m * radius_m - off_axis2;
  const double t = half_chord2 > 0 ? along - std::sqrt(half_chord2) : along;
  if (!(t > 0)) return std::nullopt;  // the sphere lies behind, or the ray starts inside it
  return origin_in_site + t * direction;
}

/// Rays around the image's rim and through its interior.
std::vector<Eigen::Vector3d> SampleRays(const vision::Camera& camera) {
  constexpr int kSteps = 24;
  std::vector<Eigen::Vector3d> rays;
  for (int i = 0; i <= kSteps; ++i) {
    for (int j = 0; j <= kSteps; ++j) {
      const Eigen::Vector2d pixel(-0.5 + camera.width_px * (static_cast<double>(i) / kSteps),
                                  -0.5 + camera.height_px * (static_cast<double>(j) / kSteps));
      const Eigen::Vector3d ray = camera.Unproject(pixel);
      if (ray.allFinite()) rays.push_back(ray);
    }
  }
  return rays;
}

dem::Terrain TerrainOfFile(const std::filesystem::path& map, const dem::Site& site) {
  constexpr double kSameSite_m = 1e-3;
  dem::Terrain terrain = dem::OpenTerrain(map);
  const double apart_m = (dem::PointInMoon(terrain.site().origin) - dem::PointInMoon(site.origin)).norm();
  if (!(apart_m <= kSameSite_m)) {
    throw dem::DataError(map, "made for a site " + std::to_string(apart_m / 1000) + " km away: at " +
                                  std::to_string(dem::RadToDeg(terrain.site().origin.latitude_rad)) + " N, " +
                                  std::to_string(dem::RadToDeg(terrain.site().origin.longitude_rad)) + " E");
  }
  return terrain;
}

}  // namespace

std::optional<dem::Site> SiteOfMaps(const std::vector<std::filesystem::path>& maps) {
  for (const std::filesystem::path& map : maps) {
    if (dem::IsTerrainFile(map)) return dem::OpenTerrain(map).site();
  }
  return std::nullopt;
}

dem::Terrain TerrainFromMaps(const std::vector<std::filesystem::path>& maps_finest_first,
                             const dem::Site& site, const dem::SiteExtent& extent,
                             const MapTerrainOptions& options) {
  for (const std::filesystem::path& map : maps_finest_first) {
    if (!dem::IsTerrainFile(map)) continue;
    if (maps_finest_first.size() > 1) {
      throw dem::DataError(map, "a terrain file holds all its levels: give no other map with it");
    }
    if (!options.albedo_map.empty())
      throw dem::DataError(map, "a terrain file holds its own albedo: give no albedo map with it");
    return TerrainOfFile(map, site);
  }
  if (options.points_per_pixel < 1) {
    throw std::invalid_argument("points_per_pixel: " + std::to_string(options.points_per_pixel) +
                                " is below 1");
  }
  std::vector<dem::TerrainLevel> coarsest_first;
  for (auto map = maps_finest_first.rbegin(); map != maps_finest_first.rend(); ++map) {
    const dem::TerrainLevel* coarser = coarsest_first.empty() ? nullptr : &coarsest_first.back();
    coarsest_first.push_back(LoadLevel(*map, site, extent, coarser, options));
  }
  std::reverse(coarsest_first.begin(), coarsest_first.end());
  if (!options.albedo_map.empty()) AddAlbedo(coarsest_first, site, options);
  return dem::Terrain(site, std::move(coarsest_first));
}

dem::Terrain TerrainFromMap(const std::filesystem::path& map, const dem::Site& site,
                            const dem::SiteExtent& extent, const MapTerrainOptions& options) {
  return TerrainFromMaps({map}, site, extent, options);
}

dem::Site SiteAtBoresight(const Eigen::Isometry3d& moon_from_cam) {
  const Eigen::Vector3d position = moon_from_cam.translation(), boresight = moon_from_cam.linear().col(2);
  const double along = -position.dot(boresight);
  const double half_chord2 =
      dem::kMoonRadius_m * dem::kMoonRadius_m - (position.squaredNorm() - along * along);
  const bool meets = half_chord2 > 0 && along > std::sqrt(half_chord2);
  const Eigen::Vector3d point = meets ? position + (along - std::sqrt(half_chord2)) * boresight : position;
  return dem::MakeSite(dem::GeodeticFromMoon(point).place);
}

dem::SiteExtent ExtentInView(const vision::Camera& camera, const Eigen::Isometry3d& site_from_cam,
                             double margin_m, double limit_m) {
  const Eigen::Vector3d camera_in_site = site_from_cam.translation();
  // The ground below the camera is always part of it: low over high ground no ray meets the upper sphere.
  dem::SiteExtent extent{camera_in_site.x(), camera_in_site.x(), camera_in_site.y(), camera_in_site.y()};
  const Eigen::Matrix3d rotation = site_from_cam.linear();
  for (const Eigen::Vector3d& ray : SampleRays(camera)) {
    for (const double height_m : {kLowestGround_m, kHighestGround_m}) {
      const auto point = OnSphere(camera_in_site, rotation * ray, height_m);
      if (!point) continue;
      extent.min_x_m = std::min(extent.min_x_m, point->x());
      extent.max_x_m = std::max(extent.max_x_m, point->x());
      extent.min_y_m = std::min(extent.min_y_m, point->y());
      extent.max_y_m = std::max(extent.max_y_m, point->y());
    }
  }
  return dem::Intersection({extent.min_x_m - margin_m, extent.max_x_m + margin_m, extent.min_y_m - margin_m,
                            extent.max_y_m + margin_m},
                           {-limit_m, limit_m, -limit_m, limit_m});
}

}  // namespace perilune::datasets
