#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <utility>

#include "datasets/formats/isd.h"
#include "datasets/formats/map_terrain.h"
#include "datasets/formats/shot.h"
#include "dem/ephemeris/sub_solar.h"
#include "dem/ephemeris/time_scales.h"
#include "dem/io/data_error.h"
#include "dem/io/raster_file.h"
#include "dem/terrain/terrain_file.h"
#include "tools/perilune/interrupt.h"
#include "tools/perilune/render_imaging.h"
#include "tools/perilune/render_scene.h"

namespace perilune::tools {
namespace {

/// The horizon as seen from 100 km; nothing farther is rendered.
constexpr double kViewLimit_m = 600e3;

/// A camera at its place, and what its file says of the time.
struct Viewpoint {
  vision::Camera camera;
  Eigen::Isometry3d moon_from_cam = Eigen::Isometry3d::Identity();
  std::optional<std::int64_t> t_ns;
  std::optional<datasets::Shot> shot;  // its Sun may be its own
};

/// Height above the sphere of the finest map's ground, of its nearest pixel.
double GroundHeight_m(const RenderRequest& request, const dem::LatLon& place) {
  const std::filesystem::path& map = request.maps.front();
  std::optional<double> height_m;
  if (dem::IsTerrainFile(map)) {
    const dem::Terrain terrain = dem::OpenTerrain(map);
    const Eigen::Vector3d point = dem::PointInSite(terrain.site(), {place, 0});
    const std::optional<double> z_m = terrain.HeightAt(point.x(), point.y());
    if (z_m) height_m = dem::GeodeticFromSite(terrain.site(), {point.x(), point.y(), *z_m}).height_m;
  } else {
    const dem::RasterFile file(map, {1, request.assume_crs});
    const Eigen::Vector2d pixel = file.PixelsFromPlaces({place}).front();
    const double col = std::round(pixel.x()), row = std::round(pixel.y());
    if (col >= 0 && row >= 0 && col < file.width() && row < file.height()) {
      height_m = file.ReadWindow(static_cast<int>(col), static_cast<int>(row), 1, 1).grid.At(0, 0);
    }
  }
  if (!height_m || !std::isfinite(*height_m))
    throw dem::DataError(map, "has no ground below the camera (--above-ground)");
  return *height_m;
}

/// Camera over a place, its boresight tilted from the nadir towards an azimuth, which is up in the picture.
Eigen::Isometry3d PoseOverPlace(const RenderRequest& request) {
  const dem::LatLon place{dem::DegToRad(request.latitude_deg), dem::DegToRad(request.longitude_deg)};
  const double azimuth = dem::DegToRad(request.azimuth_deg), tilt = dem::DegToRad(request.off_nadir_deg);
  const Eigen::Vector3d ahead(std::sin(azimuth), std::cos(azimuth), 0);
  const Eigen::Vector3d zenith = Eigen::Vector3d::UnitZ();
  Eigen::Isometry3d local_from_cam = Eigen::Isometry3d::Identity();
  local_from_cam.linear().col(0) = ahead.cross(zenith);
  local_from_cam.linear().col(1) = -(std::cos(tilt) * ahead + std::sin(tilt) * zenith);
  local_from_cam.linear().col(2) = std::sin(tilt) * ahead - std::cos(tilt) * zenith;
  const double base_m = request.above_ground ? GroundHeight_m(request, place) : 0;
  local_from_cam.translation() = (base_m + *request.height_m) * zenith;
  return dem::MakeSite(place).moon_from_site * local_from_cam;
}

Viewpoint ViewpointOf(const RenderRequest& request) {
  if (!request.isd.empty()) {
    const datasets::Isd isd = datasets::ReadIsd(request.isd);
    return {isd.camera, isd.moon_from_cam, isd.t_ns, std::nullopt};
  }
  if (request.shot.empty()) {
    return {vision::PinholeCamera(request.size_px, dem::DegToRad(request.field_of_view_deg)),
            PoseOverPlace(request), std::nullopt, std::nullopt};
  }
  datasets::Shot shot = datasets::ReadShot(request.shot);
  if (!shot.prior) throw dem::DataError(request.shot, "it has no prior: the camera's place is unknown");
  return {shot.camera, shot.prior->moon_from_cam, dem::ParseUtc(shot.time_utc), std::move(shot)};
}

dem::Sun SunOf(const RenderRequest& request, const Viewpoint& viewpoint, const dem::Site& site) {
  if (request.sun_elevation_deg) {
    return dem::SunFromAngles(
        {dem::DegToRad(*request.sun_elevation_deg), dem::DegToRad(request.sun_azimuth_deg)});
  }
  if (!request.time_utc.empty()) return dem::SunAt(dem::ParseUtc(request.time_utc), site);
  if (viewpoint.shot) return datasets::SunOfShot(*viewpoint.shot, site);
  if (viewpoint.t_ns) return dem::SunAt(*viewpoint.t_ns, site);
  throw std::invalid_argument("render: where is the Sun? give --time, or --sun-elevation-deg");
}

/// How far outside the view ground may stand that throws its shadow into it: relief of 3 km, within reason.
double ShadowMargin_m(const dem::Sun& sun) {
  const double z = sun.direction_to_sun_in_site.z();
  return std::clamp(3000 * std::sqrt(std::max(0.0, 1 - z * z)) / std::max(z, 1e-3), 2e3, 60e3);
}

}  // namespace

RenderScene SceneOfMaps(const RenderRequest& request) {
  const vision::ImagingOptions imaging = ImagingWithoutScenario(request);
  const Viewpoint viewpoint = ViewpointOf(request);
  const vision::Camera camera = Scaled(viewpoint.camera, request.scale);
  const dem::Site site =
      datasets::SiteOfMaps(request.maps).value_or(datasets::SiteAtBoresight(viewpoint.moon_from_cam));
  const Eigen::Isometry3d site_from_cam = site.moon_from_site.inverse() * viewpoint.moon_from_cam;
  const dem::Sun sun = SunOf(request, viewpoint, site);
  const std::optional<std::int64_t> t_ns =
      request.time_utc.empty() ? viewpoint.t_ns : dem::ParseUtc(request.time_utc);
  const vision::RenderOptions options = RenderOptionsOf(request, {}, t_ns, site);
  const dem::SiteExtent extent =
      datasets::ExtentInView(camera, site_from_cam, ShadowMargin_m(sun), kViewLimit_m);

  RenderScene scene{datasets::TerrainFromMaps(request.maps, site, extent,
                                              {request.albedo, request.albedo_map, request.assume_crs}),
                    camera,
                    [site_from_cam](double) { return site_from_cam; },
                    0,
                    sun,
                    t_ns,
                    options,
                    {},
                    imaging,
                    request.seed.value_or(1),
                    0};
  CheckInterrupted();
  return scene;
}

}  // namespace perilune::tools
