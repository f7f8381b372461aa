#include "tools/perilune/navigation_setup.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <utility>

#include "datasets/formats/map_terrain.h"
#include "datasets/formats/uncertainty.h"
#include "dem/io/data_error.h"
#include "dem/io/raster_file.h"
#include "dem/statistics/detail_pixel.h"

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
                         "no prior: navigation needs a start, add `prior:` to it, or a crater file of the "
                         "region (`craters:`, or --craters)");
  }
  return *info.prior;
}

dem::SiteExtent ReachableExtent(const datasets::SequenceInfo& info) {
  const datasets::Prior& prior = RequirePrior(info);
  const double reach_m = prior.site_from_body.translation().head<2>().norm() + Margin_m(prior);
  return {-reach_m, reach_m, -reach_m, reach_m};
}

nav::MapDeclaration Declare(const std::filesystem::path& map, const dem::Site& site,
                            const dem::Terrain& terrain) {
  const datasets::MapUncertainty uncertainty = datasets::ReadMapUncertainty(map);
  nav::MapDeclaration declaration;
  declaration.map_pixel_m = dem::PixelOnGround_m(dem::RasterFile(map), site.origin);
  declaration.detail_pixel_m = dem::DetailPixel_m(terrain.Level(0).z_m, declaration.map_pixel_m);
  declaration.height_sigma_m = uncertainty.height_sigma_m.value_or(0);
  declaration.height_correlation_m = uncertainty.height_correlation_m.value_or(0);
  declaration.tie_sigma_horizontal_m = uncertainty.tie_sigma_horizontal_m;
  declaration.tie_sigma_vertical_m = uncertainty.tie_sigma_vertical_m;
  return declaration;
}

/// A sphere through the ground at the site, as far as the lander comes.
nav::MapLevel FlatGround(const datasets::SequenceInfo& info, const std::vector<nav::MapLevel>& levels,
                         double sigma_m) {
  constexpr double kSpacing_m = 1000;  // a bilinear patch of a sphere sags by 0.1 m
  const std::optional<double> height_m = levels.front().terrain->HeightAt(0, 0);
  if (!height_m) throw dem::DataError(info.root, "flat ground: the finest map says no height at the site");
  const dem::SiteExtent extent = ReachableExtent(info);
  const int half = static_cast<int>(std::ceil(extent.max_x_m / kSpacing_m));
  dem::TerrainLevel sphere;
  sphere.z_m = dem::Grid<float>(2 * half + 1, 2 * half + 1);
  sphere.x0_m = -half * kSpacing_m;
  sphere.y0_m = half * kSpacing_m;
  sphere.spacing_m = kSpacing_m;
  sphere.height_sigma_m = sigma_m;
  for (int row = 0; row <= 2 * half; ++row) {
    for (int col = 0; col <= 2 * half; ++col) {
      sphere.z_m.At(col, row) =
          static_cast<float>(dem::ZInSite((col - half) * kSpacing_m, (half - row) * kSpacing_m, *height_m));
    }
  }
  nav::MapLevel ground;
  ground.name = "flat";
  // No correlation declared: each range as if over ground of its own, which is what such a filter believes.
  ground.declaration.map_pixel_m = 1;
  ground.declaration.height_sigma_m = sigma_m;
  std::vector<dem::TerrainLevel> spheres;
  spheres.push_back(std::move(sphere));
  ground.terrain = std::make_shared<const dem::Terrain>(info.site, std::move(spheres));
  return ground;
}

}  // namespace

nav::ImuNoise NoiseOf(const datasets::ImuModel& imu) {
  return {imu.gyro_noise_radps_rthz, imu.gyro_walk_radps2_rthz, imu.accel_noise_mps2_rthz,
          imu.accel_walk_mps3_rthz};
}

std::vector<nav::MapLevel> LoadMapLevels(const std::vector<std::filesystem::path>& maps_finest_first,
                                         const datasets::SequenceInfo& info) {
  const dem::SiteExtent extent = ReachableExtent(info);
  std::vector<nav::MapLevel> levels;
  for (const std::filesystem::path& map : maps_finest_first) {
    nav::MapLevel level;
    level.terrain = std::make_shared<const dem::Terrain>(datasets::TerrainFromMap(map, info.site, extent));
    level.declaration = Declare(map, info.site, *level.terrain);
    level.name = map.filename().string();
    if (level.declaration.IsBlurred()) {
      std::fprintf(stderr,
                   "%s: its relief ends where that of a map of %.3g m a pixel does (its own: %.3g m); images "
                   "are matched in that\n",
                   level.name.c_str(), level.declaration.detail_pixel_m, level.declaration.map_pixel_m);
    }
    levels.push_back(std::move(level));
  }
  return levels;
}

nav::Navigator MakeNavigator(const datasets::SequenceInfo& info, std::vector<nav::MapLevel> levels,
                             const NavigationChoices& choices) {
  const datasets::Prior& prior = RequirePrior(info);
  nav::NavigatorOptions options;
  options.imu_noise = NoiseOf(info.imu);
  options.imu_track = choices.track;
  options.range_trust.policy = choices.range_policy;
  options.protection = choices.protection;
  if (choices.flat_ground_sigma_m)
    options.range_ground = FlatGround(info, levels, *choices.flat_ground_sigma_m);
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
  nav::State initial = nav::InitialState(knowledge);
  if (choices.start) {
    initial = choices.start->state;
    options.start_source = "craters";
    options.start_text = choices.start->text;
  }
  return nav::Navigator(options, std::move(levels), mounting, info.site, initial);
}

}  // namespace perilune::tools
