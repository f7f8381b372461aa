#include "tools/perilune/landing_step.h"

#include <algorithm>

#include "datasets/formats/dem_hash.h"
#include "datasets/formats/hazard_files.h"
#include "datasets/formats/site_files.h"
#include "datasets/formats/uncertainty.h"
#include "dem/hazard/hazard_map.h"
#include "dem/io/raster_file.h"
#include "dem/statistics/detail_pixel.h"
#include "tools/perilune/hazard_window.h"
#include "tools/perilune/interrupt.h"
#include "tools/perilune/unresolved_window.h"

namespace perilune::tools {
namespace {

/// Ground this far towards the Sun may throw its shadow: 500 m high when the Sun is 1.5° up.
constexpr double kShadowReach_m = 20'000;
/// What the control system adds to the dispersion of the touchdown, 1 sigma of each axis, m.
constexpr double kControlSigma_m = 5;

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

/// Full width of the blur that the map shows the ground under, m: as declared, or what its spectrum shows
/// where that is more. 0: neither says.
double ResolutionOf(const nav::MapDeclaration& map, const datasets::MapUncertainty& uncertainty) {
  const double shown_m = map.IsBlurred() ? dem::kDetailFullWidth_px * map.detail_pixel_m : 0;
  return std::max(shown_m, uncertainty.effective_resolution_m.value_or(0));
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

nav::LandingChoice ChooseLandingSites(const LandingMap& map, const LandingArea& area, const nav::State& state,
                                      const datasets::SequenceInfo& info,
                                      const std::filesystem::path& folder) {
  dem::RasterFile file(map.file);
  const Eigen::Vector2d& centre = area.centre_in_site_m;
  const Eigen::Vector3d on_sphere(centre.x(), centre.y(), dem::ZInSite(centre.x(), centre.y(), 0));
  const CellWindow window =
      WindowAround(file, dem::GeodeticFromSite(info.site, on_sphere).place, 2 * area.radius_m);
  const datasets::MapUncertainty uncertainty = datasets::ReadMapUncertainty(map.file);
  dem::HazardOptions limits = LimitsOf(info.lander, uncertainty);
  if (const double resolution_m = ResolutionOf(map.declaration, uncertainty); resolution_m > 0) {
    if (const auto relief = UnresolvedInWindow(file, window, limits, resolution_m)) {
      limits = WithUnresolved(limits, *relief);
    }
  }
  const dem::PlacedSun sun{datasets::SunOf(info, state.t_ns), info.site};
  const MappedWindow mapped = MapHazardWindow({file, window, limits, sun, kShadowReach_m},
                                              [](std::int64_t, std::int64_t) { CheckInterrupted(); });
  const nav::LandingOptions options = OptionsFor(area, state);
  nav::LandingChoice choice = nav::SelectLandingSites(mapped.map, mapped.dem, info.site, options);
  datasets::WriteHazardMap(folder / "hazards", mapped.map, mapped.dem);
  const datasets::SitesContext context{info.site, datasets::DemHash(mapped.dem),
                                       datasets::ParametersOf(mapped.map.options, options)};
  datasets::WriteSitesGeoJson(folder / "sites.geojson", choice, context);
  datasets::WriteSitesGeoPackage(folder / "sites.gpkg", choice, context);
  return choice;
}

}  // namespace perilune::tools
