#include "tools/perilune/navigation_setup.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "datasets/formats/map_terrain.h"
#include "datasets/formats/uncertainty.h"
#include "dem/ephemeris/sub_solar.h"
#include "dem/io/data_error.h"
#include "dem/io/raster_file.h"

namespace perilune::tools {
namespace {

/// Beyond the way from the prior to the site: what a camera 15 km up sees to its horizon, and overshoot.
constexpr double kMargin_m = 250e3;

const datasets::Prior& RequirePrior(const datasets::SequenceInfo& info) {
  if (!info.prior) {
    throw dem::DataError(info.root / "sequence.yaml",
                         "no prior: navigation needs a start, add `prior:` to it");
  }
  return *info.prior;
}

dem::SiteExtent ReachableExtent(const datasets::SequenceInfo& info) {
  const double reach_m = RequirePrior(info).site_from_body.translation().head<2>().norm() + kMargin_m;
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

/// Samples up to `t_ns` from `next` on, which moves past them.
template <typename Sample>
std::vector<Sample> TakeUntil(const std::vector<Sample>& samples, std::size_t& next, std::int64_t t_ns) {
  const std::size_t first = next;
  while (next < samples.size() && samples[next].t_ns <= t_ns) ++next;
  const auto at = [&](std::size_t i) { return samples.begin() + static_cast<std::ptrdiff_t>(i); };
  return {at(first), at(next)};
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

nav::Navigator MakeNavigator(const datasets::SequenceInfo& info, std::vector<nav::MapLevel> levels) {
  const datasets::Prior& prior = RequirePrior(info);
  nav::NavigatorOptions options;
  options.imu_noise = {info.imu.gyro_noise_radps_rthz, info.imu.gyro_walk_radps2_rthz,
                       info.imu.accel_noise_mps2_rthz, info.imu.accel_walk_mps3_rthz};
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

FrameSource::FrameSource(const datasets::Sequence& sequence, std::int64_t start_ns) : sequence_(sequence) {
  const auto before = [start_ns](const datasets::ImageEntry& image) { return image.t_ns < start_ns; };
  const auto first = std::find_if_not(sequence.images.begin(), sequence.images.end(), before);
  first_ = next_image_ = static_cast<std::size_t>(first - sequence.images.begin());
}

nav::FrameInput FrameSource::Next() {
  nav::FrameInput input;
  input.image = datasets::ReadImage(sequence_, next_image_++);
  const std::int64_t t_ns = input.image.t_ns;
  input.imu = TakeUntil(sequence_.imu, next_imu_, t_ns);
  input.ranges = TakeUntil(sequence_.ranges, next_range_, t_ns);
  input.attitudes = TakeUntil(sequence_.attitudes, next_attitude_, t_ns);
  input.sun = dem::SunAt(t_ns, sequence_.info.site);
  return input;
}

}  // namespace perilune::tools
