#include "tools/first_fix/first_fix_world.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "datasets/formats/map_terrain.h"
#include "datasets/simulation/map_degradation.h"
#include "datasets/simulation/truth_world.h"
#include "dem/io/write_raster.h"
#include "dem/synthesis/random.h"
#include "vision/imaging/exposure.h"
#include "vision/render/render.h"

namespace perilune::tools {
namespace {

constexpr double kMapPixelsPerHeight = 250;
constexpr double kFinerTruth = 4;
constexpr double kCoarseGround_m = 100;  // beyond which the DEM itself is the ground

struct Reach {
  double place_m = 0;    // of the cameras' aims around the region's centre
  double picture_m = 0;  // of a picture around its aim
  double map_m = 0;      // half the map's width
};

Reach ReachOf(const FirstFixRegion& region, double height_m, double most_off_nadir_rad) {
  Reach reach;
  // A corner of the picture, 39° from its axis; beyond 70° off nadir the ground is hardly seen.
  const double corner_rad = std::min(dem::DegToRad(39) + most_off_nadir_rad, dem::DegToRad(70));
  reach.picture_m = height_m * std::max(1.0, std::tan(corner_rad) - 0.5 * std::tan(most_off_nadir_rad));
  const double most_m = region.half_width_m - 8 * kCoarseGround_m;
  reach.map_m = std::min(most_m, reach.picture_m + 3.5 * kFirstHorizontalSigma_m + 8000);
  reach.place_m = std::clamp(reach.map_m - reach.picture_m - 6000, 500.0, 6000.0);
  return reach;
}

datasets::Scenario ScenarioOf(const FirstFixRegion& region, double height_m, double map_m,
                              std::uint64_t seed) {
  const double map_pixel_m = height_m / kMapPixelsPerHeight;
  const double spacing_m = map_pixel_m / kFinerTruth;
  const auto square = [](double half_m) { return dem::SiteExtent{-half_m, half_m, -half_m, half_m}; };
  datasets::Scenario scenario;
  scenario.name = region.name;
  scenario.seed = seed;
  scenario.site = dem::MakeSite({dem::DegToRad(region.latitude_deg), dem::DegToRad(region.longitude_deg)});
  scenario.ground.base = region.dem;
  scenario.ground.base_resolution_m = 2000;
  scenario.ground.levels = {{spacing_m, square(map_m + 12 * map_pixel_m)}};
  // A level finer than that is refined from the DEM's own.
  if (spacing_m < 0.5 * kCoarseGround_m)
    scenario.ground.levels.push_back(
        {kCoarseGround_m, square(map_m + 12 * map_pixel_m + 8 * kCoarseGround_m)});
  scenario.map.levels = {{"map", map_pixel_m, square(map_m), datasets::MapProjection::kOrthographic}};
  return scenario;
}

Eigen::Isometry3d LookAt(const Eigen::Vector3d& aim_in_site, double height_m, double off_nadir_rad,
                         double azimuth_rad, double roll_rad) {
  const Eigen::Vector3d back(std::sin(azimuth_rad) * std::tan(off_nadir_rad),
                             std::cos(azimuth_rad) * std::tan(off_nadir_rad), 1);
  Eigen::Isometry3d pose = Eigen::Isometry3d::Identity();
  pose.translation() = aim_in_site + height_m * back;
  const Eigen::Vector3d z = -back.normalized();
  const Eigen::Vector3d x = Eigen::Vector3d(std::cos(roll_rad), std::sin(roll_rad), 0).cross(z).normalized();
  pose.linear().col(0) = x;
  pose.linear().col(1) = z.cross(x);
  pose.linear().col(2) = z;
  return pose;
}

FirstFixImage TakePicture(const dem::Terrain& ground, const FirstFixWorld& world,
                          const Eigen::Vector3d& tie_m, double place_m, double most_off_nadir_rad,
                          std::uint64_t seed, std::uint64_t index) {
  const auto uniform = [&](std::uint64_t stream) { return dem::RandomUniform(seed, 1000 + stream, index); };
  FirstFixImage image;
  image.sun_elevation_rad = dem::DegToRad(1.5 * std::pow(80 / 1.5, uniform(0)));
  const double sun_azimuth = 2 * dem::kPi * uniform(1);
  image.sun.direction_to_sun_in_site = {std::sin(sun_azimuth) * std::cos(image.sun_elevation_rad),
                                        std::cos(sun_azimuth) * std::cos(image.sun_elevation_rad),
                                        std::sin(image.sun_elevation_rad)};
  Eigen::Vector3d aim(place_m * (2 * uniform(2) - 1), place_m * (2 * uniform(3) - 1), 0);
  aim.z() = ground.HeightAt(aim.x(), aim.y()).value();
  const Eigen::Isometry3d pose = LookAt(aim, world.height_m, most_off_nadir_rad * uniform(4),
                                        2 * dem::kPi * uniform(5), 2 * dem::kPi * uniform(6));
  vision::RenderOptions render;
  render.reflectance = vision::Reflectance::kHapke;
  render.sun_samples = 4;
  const vision::View view = vision::RenderView(ground, world.camera, pose, image.sun, render);
  image.lit_share = cv::mean(view.lit_fraction, view.lit_fraction == view.lit_fraction)[0];
  image.pixels = vision::ExposeImage(view.radiance, vision::ImagingOptions(), seed, index);
  image.true_site_from_cam = pose;
  image.true_site_from_cam.translation() += tie_m;
  dem::Vector6d error;
  for (int i = 0; i < 6; ++i)
    error(i) = dem::RandomNormal(seed, 2000 + static_cast<std::uint64_t>(i), index) *
               std::sqrt(FirstPriorCovariance()(i, i));
  image.prior_site_from_cam = dem::Perturb(image.true_site_from_cam, error);
  return image;
}

}  // namespace

const std::vector<FirstFixRegion>& FirstFixRegions() {
  static const std::vector<FirstFixRegion> kRegions = {
      {"hadley", "dem/gld100_256ppd_apollo15_hadley.tif", 26, 4, 80'000},
      {"copernicus", "dem/gld100_256ppd_copernicus.tif", 10, -20, 117'000},
      {"aristarchus", "dem/gld100_256ppd_aristarchus.tif", 24.5, -48, 108'000},
      {"atlas", "dem/gld100_256ppd_atlas.tif", 47.5, 44.5, 125'000},
      {"apollo_basin", "dem/gld100_256ppd_apollo_basin.tif", -42, -154, 150'000},
      {"south_polar", "dem/gld100_64ppd_south_polar.tif", -84.79, 29.2, 150'000}};
  return kRegions;
}

const FirstFixRegion& FirstFixRegionNamed(const std::string& name) {
  for (const FirstFixRegion& region : FirstFixRegions()) {
    if (region.name == name) return region;
  }
  throw std::invalid_argument("region: no '" + name + "'");
}

dem::Matrix6d FirstPriorCovariance() {
  dem::Vector6d sigma;
  sigma << Eigen::Vector3d::Constant(kFirstAttitudeSigma_rad), kFirstHorizontalSigma_m,
      kFirstHorizontalSigma_m, kFirstVerticalSigma_m;
  return sigma.cwiseAbs2().asDiagonal();
}

FirstFixWorld MakeFirstFixWorld(const FirstFixRegion& region, double height_m, double most_off_nadir_rad,
                                int count, std::uint64_t seed, const std::filesystem::path& scratch) {
  const Reach reach = ReachOf(region, height_m, most_off_nadir_rad);
  const datasets::Scenario scenario = ScenarioOf(region, height_m, reach.map_m, seed);
  const dem::Terrain ground = datasets::BuildTruth(scenario);
  const datasets::DegradedMap degraded = datasets::DegradeMap(scenario, ground, 0);
  const std::filesystem::path file = scratch / (region.name + ".tif");
  dem::WriteGeoTiff(file, degraded.raster);
  const datasets::MapUncertainty& said = degraded.uncertainty;
  FirstFixWorld world{
      region.name,
      height_m,
      vision::PinholeCamera(1024, dem::DegToRad(60)),
      datasets::TerrainFromMap(file, scenario.site, scenario.map.levels[0].extent),
      {height_m / kMapPixelsPerHeight, said.height_sigma_m.value_or(0), said.height_correlation_m.value_or(0),
       said.tie_sigma_horizontal_m, said.tie_sigma_vertical_m},
      {}};
  for (int i = 0; i < count; ++i) {
    world.images.push_back(TakePicture(ground, world, degraded.tie_in_site_m, reach.place_m,
                                       most_off_nadir_rad, seed, static_cast<std::uint64_t>(i)));
  }
  return world;
}

}  // namespace perilune::tools
