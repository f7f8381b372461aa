#include "tools/perilune/landing_step.h"

#include <algorithm>
#include <cmath>

#include "datasets/formats/hazard_files.h"
#include "datasets/formats/uncertainty.h"
#include "dem/ephemeris/sub_solar.h"
#include "dem/hazard/hazard_map.h"
#include "dem/io/data_error.h"
#include "dem/io/raster_file.h"

namespace perilune::tools {
namespace {

/// Ground around the area that may throw a shadow into it, m.
constexpr double kShadowMargin_m = 1000;
/// What the control system adds to the dispersion of the touchdown, 1 sigma of each axis, m.
constexpr double kControlSigma_m = 5;

struct Window {
  int col = 0, row = 0, width = 0, height = 0;
};

/// The map's pixels around the area and a margin, limited to the map.
Window PixelsAround(const dem::RasterFile& map, const LandingArea& area, double margin_m,
                    const dem::Site& site) {
  const double half_m = area.radius_m + margin_m;
  std::vector<dem::LatLon> places;
  for (const double dx : {-half_m, 0.0, half_m}) {
    for (const double dy : {-half_m, 0.0, half_m}) {
      const Eigen::Vector2d p = area.centre_in_site_m + Eigen::Vector2d(dx, dy);
      places.push_back(dem::GeodeticFromSite(site, {p.x(), p.y(), dem::ZInSite(p.x(), p.y(), 0)}).place);
    }
  }
  Eigen::Vector2d low = Eigen::Vector2d::Constant(1e9), high = -low;
  for (const Eigen::Vector2d& pixel : map.PixelsFromPlaces(places)) {
    if (!pixel.allFinite()) continue;
    low = low.cwiseMin(pixel);
    high = high.cwiseMax(pixel);
  }
  Window window;
  window.col = std::max(0, static_cast<int>(std::floor(std::clamp(low.x(), -1.0, 1e8))));
  window.row = std::max(0, static_cast<int>(std::floor(std::clamp(low.y(), -1.0, 1e8))));
  window.width = static_cast<int>(std::ceil(std::clamp(high.x(), -1e8, map.width() - 1.0))) - window.col + 1;
  window.height =
      static_cast<int>(std::ceil(std::clamp(high.y(), -1e8, map.height() - 1.0))) - window.row + 1;
  return window;
}

dem::HazardOptions LimitsOf(const datasets::LanderLimits& lander,
                            const datasets::MapUncertainty& uncertainty) {
  dem::HazardOptions options;
  options.footprint_m = lander.footprint_m;
  options.slope_limit_rad = lander.slope_limit_rad;
  options.roughness_limit_m = lander.roughness_limit_m;
  options.height_sigma_m = uncertainty.height_sigma_m.value_or(0);
  options.height_correlation_m = uncertainty.height_correlation_m.value_or(0);
  return options;
}

dem::Raster<float> Crop(const dem::Raster<float>& raster, int col, int row, int width, int height) {
  dem::Raster<float> part = raster;
  part.grid = dem::Grid<float>(width, height);
  for (int r = 0; r < height; ++r) {
    for (int c = 0; c < width; ++c) part.grid.At(c, r) = raster.grid.At(col + c, row + r);
  }
  part.crs_from_pixel = raster.crs_from_pixel * Eigen::Translation2d(col, row);
  return part;
}

nav::LandingOptions OptionsFor(const LandingArea& area, const nav::State& state) {
  nav::LandingOptions options;
  options.dispersion_m2 = state.MapRelativePositionCovariance().topLeftCorner<2, 2>() +
                          kControlSigma_m * kControlSigma_m * Eigen::Matrix2d::Identity();
  options.target_in_site_m = area.centre_in_site_m;
  options.divert_reach_m = area.radius_m;
  return options;
}

}  // namespace

std::optional<Eigen::Vector3d> PredictLandingPoint(const nav::State& state, const dem::Terrain& map) {
  dem::Ray ray;
  ray.origin_in_site = state.site_from_body.translation() + state.map_tie_m;
  const Eigen::Vector3d& velocity = state.velocity_of_body_in_site_mps;
  const bool steep = -velocity.z() > velocity.head<2>().norm();
  ray.direction = steep ? velocity.normalized()
                        : Eigen::Vector3d(dem::MoonCentreInSite() - ray.origin_in_site).normalized();
  const std::optional<dem::SurfaceHit> hit = map.FirstHit(ray);
  if (!hit) return std::nullopt;
  return hit->point_in_site;
}

std::vector<nav::LandingSite> ChooseLandingSites(const std::filesystem::path& map, const LandingArea& area,
                                                 const nav::State& state, const datasets::SequenceInfo& info,
                                                 const std::filesystem::path& folder) {
  const dem::RasterFile file(map);
  const Window wide = PixelsAround(file, area, kShadowMargin_m, info.site);
  const Window inner = PixelsAround(file, area, 0, info.site);
  if (inner.width < 3 || inner.height < 3)
    throw dem::DataError(map, "does not cover the predicted landing point");
  const dem::Raster<float> heights = file.ReadWindow(wide.col, wide.row, wide.width, wide.height);
  const dem::HazardOptions limits = LimitsOf(info.lander, datasets::ReadMapUncertainty(map));
  const dem::PlacedSun sun{dem::SunAt(state.t_ns, info.site), info.site};
  const dem::HazardMap around = dem::MapHazards(heights, limits, sun);
  const int col = inner.col - wide.col, row = inner.row - wide.row;
  const dem::HazardMap hazards = dem::CropHazards(around, col, row, inner.width, inner.height);
  const dem::Raster<float> ground = Crop(heights, col, row, inner.width, inner.height);
  const std::vector<nav::LandingSite> sites =
      nav::SelectLandingSites(hazards, ground, info.site, OptionsFor(area, state));
  datasets::WriteHazardMap(folder / "hazards", hazards);
  datasets::WriteSitesGeoJson(folder / "sites.geojson", sites, info.site);
  return sites;
}

}  // namespace perilune::tools
