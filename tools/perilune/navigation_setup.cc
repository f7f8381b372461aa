#include "tools/perilune/navigation_setup.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "datasets/formats/map_terrain.h"
#include "datasets/formats/uncertainty.h"
#include "dem/io/data_error.h"
#include "dem/io/raster_file.h"

namespace perilune::tools {
namespace {

/// Beyond the way from the prior to the site: what a camera 15 km up sees to its horizon, and overshoot.
constexpr double kLeastMargin_m = 250e3;
/// Further than that the site's plane shows little of the ground.
constexpr double kMostMargin_m = 800e3;

/// The same for a prior that is higher up or less certain.
double Margin_m(const datasets::Prior& prior) {
  const double height_m = std::max(0.0, dem::HeightAboveSphere(prior.site_from_body.translation()));
  const double horizon_m = std::sqrt(height_m * (2 * dem::kMoonRadius_m + height_m));
  return std::clamp(horizon_m + 3 * prior.position_sigma_m.maxCoeff(), kLeastMargin_m, kMostMargin_m);
}

const datasets::Prior& RequirePrior(const datasets::SequenceInfo& info) {
  if (!info.prior) {
    throw dem::DataError(info.root / "sequence.yaml",
                         "no prior: navigation needs a start, add `prior:` to it");
  }
  return *info.prior;
}

dem::SiteExtent ReachableExtent(const datasets::SequenceInfo& info) {
  const datasets::Prior& prior = RequirePrior(info);
  const double reach_m = prior.site_from_body.translation().head<2>().norm() + Margin_m(prior);
  return {-reach_m, reach_m, -reach_m, reach_m};
}

nav::MapDeclaration Declare(const std::filesystem::path& map, const dem::Site& site) {
  const datasets::MapUncertainty uncertainty = datasets::ReadMapUncertainty(map);
  nav::MapDeclaration declaration;
  declaration.map_pixel_m = dem::PixelOnGround_m(dem::RasterFile(map), site.origin);
  declaration.height_sigma_m = uncertainty.height_sigma_m.value_or(0);
  declaration.height_correlation_m = uncertainty.height_correlation_m.value_or(0);
  declaration.tie_sigma_horizontal_m = uncertainty.tie_sigma_horizontal_m;
  declaration.tie_sigma_vertical_m = uncertainty.tie_sigma_vertical_m;
  return declaration;
}

}  // namespace

std::vector<nav::MapLevel> LoadMapLevels(const std::vector<std::filesystem::path>& maps_finest_first,
                                         const datasets::SequenceInfo& info) {
  const dem::SiteExtent extent = ReachableExtent(info);
  std::vector<nav::MapLevel> levels;
  for (const std::filesystem::path& map : maps_finest_first) {
    nav::MapLevel level;
    level.terrain = std::make_shared<const dem::Terrain>(datasets::TerrainFromMap(map, info.site, extent));
    level.declaration = Declare(map, info.site);
    level.name = map.filename().string();
    levels.push_back(std::move(level));
  }
  return levels;
}

nav::Navigator MakeNavigator(const datasets::SequenceInfo& info, std::vector<nav::MapLevel> levels,
                             const nav::ImuTrackOptions& track) {
  const datasets::Prior& prior = RequirePrior(info);
  nav::NavigatorOptions options;
  options.imu_noise = {info.imu.gyro_noise_radps_rthz, info.imu.gyro_walk_radps2_rthz,
                       info.imu.accel_noise_mps2_rthz, info.imu.accel_walk_mps3_rthz};
  options.imu_track = track;
  options.attitude_from_fixes = info.star_tracker_rate_hz == 0;
  nav::InitialKnowledge knowledge;
  knowledge.t_ns = prior.t_ns;
  knowledge.site_from_body = prior.site_from_body;
  knowledge.velocity_of_body_in_site_mps = prior.velocity_in_site_mps;
  knowledge.attitude_sigma_rad = prior.attitude_sigma_rad;
  knowledge.position_sigma_m = prior.position_sigma_m;
  knowledge.velocity_sigma_mps = prior.velocity_sigma_mps;
  knowledge.gyro_bias_sigma_radps = info.imu.gyro_bias_sigma_radps;
  knowledge.accel_bias_sigma_mps2 = info.imu.accel_bias_sigma_mps2;
  knowledge.range_bias_sigma_m = info.range_bias_sigma_m;
  const nav::Mounting mounting{info.camera, info.body_from_cam, info.body_from_imu, info.body_from_beam};
  return nav::Navigator(options, std::move(levels), mounting, info.site, nav::InitialState(knowledge));
}

}  // namespace perilune::tools
