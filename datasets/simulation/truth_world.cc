#include "datasets/simulation/truth_world.h"

#include <cmath>
#include <utility>

#include "datasets/scenarios/locate.h"
#include "datasets/simulation/random_stream.h"
#include "datasets/simulation/site_type_truth.h"
#include "dem/synthesis/albedo.h"
#include "dem/synthesis/embedded.h"
#include "dem/synthesis/low_pass.h"
#include "dem/synthesis/refine.h"
#include "dem/terrain/resample.h"

namespace perilune::datasets {
namespace {

// Longest wavelength of the albedo texture, m: en route the camera has to see some of it.
constexpr double kLongestAlbedoWave_m = 2400;

dem::PlaneWindow WindowOf(const dem::TerrainLevel& level) {
  return {level.x0_m, level.y0_m, level.z_m.width, level.z_m.height, level.spacing_m};
}

dem::TerrainLevel LevelOf(const dem::PlaneWindow& window, dem::Grid<float> z_m) {
  dem::TerrainLevel level;
  level.x0_m = window.x0_m;
  level.y0_m = window.y0_m;
  level.spacing_m = window.spacing_m;
  level.z_m = std::move(z_m);
  return level;
}

// Heights above the sphere, a function of site (x, y), into z of `site`.
void BendIntoSite(dem::Grid<float>& height_m, const dem::PlaneWindow& window) {
  for (int row = 0; row < window.height; ++row) {
    const double y = window.y0_m - row * window.spacing_m;
    for (int col = 0; col < window.width; ++col) {
      float& cell = height_m.At(col, row);
      cell = static_cast<float>(dem::ZInSite(window.x0_m + col * window.spacing_m, y, cell));
    }
  }
}

dem::TerrainLevel CoarsestLevel(const Scenario& scenario, const dem::DetailOptions& world) {
  const GroundLevel& coarsest = scenario.ground.levels.back();
  if (!scenario.ground.UsesBase()) {
    const dem::PlaneWindow window = WindowOf(coarsest);
    dem::Grid<float> height_m = dem::SyntheticGround(world, window);
    BendIntoSite(height_m, window);
    return LevelOf(window, std::move(height_m));
  }
  const dem::RasterFile file(FindData(scenario.ground.base));
  dem::TerrainLevel level = dem::ResampleIntoSite(file, scenario.site, coarsest.extent, coarsest.spacing_m);
  // What lies below the DEM's resolution is its quantisation and the ripple of its posting: replaced, not
  // added to.
  level.z_m =
      dem::LowPass(level.z_m, dem::LowPassSigma_m(scenario.ground.base_resolution_m) / level.spacing_m);
  dem::AddLunarDetail(level.z_m, WindowOf(level),
                      dem::DetailBetween(world, scenario.ground.base_resolution_m, level.spacing_m));
  return level;
}

void AddAlbedo(dem::TerrainLevel& level, const GroundOptions& ground, const dem::DetailOptions& world) {
  dem::AlbedoOptions options;
  options.seed = world.seed;
  options.craters = world.craters;
  options.mean = ground.albedo;
  options.sigma = ground.albedo_sigma;
  options.longest_m = kLongestAlbedoWave_m;
  level.albedo = ground.albedo;
  level.albedo_grid = dem::AlbedoTexture(WindowOf(level), options);
}

}  // namespace

dem::PlaneWindow WindowOf(const GroundLevel& level) {
  const double s = level.spacing_m;
  const double first_x = std::floor(level.extent.min_x_m / s), last_x = std::ceil(level.extent.max_x_m / s);
  const double first_y = std::floor(level.extent.min_y_m / s), last_y = std::ceil(level.extent.max_y_m / s);
  return {first_x * s, last_y * s, static_cast<int>(last_x - first_x) + 1,
          static_cast<int>(last_y - first_y) + 1, s};
}

dem::Terrain BuildTruth(const Scenario& scenario) {
  const std::uint64_t seed =
      dem::RandomBits(scenario.seed, static_cast<std::uint64_t>(RandomUse::kGround), 0);
  if (!scenario.ground.site_type.empty()) return dem::Terrain(scenario.site, SiteTypeLevels(scenario, seed));
  const dem::DetailOptions world =
      scenario.ground.kind == GroundKind::kMare ? dem::MareWorld(seed) : dem::EmbeddedWorld(seed);
  std::vector<dem::TerrainLevel> levels = {CoarsestLevel(scenario, world)};
  const auto& options = scenario.ground.levels;
  for (std::size_t i = options.size() - 1; i-- > 0;) {
    const dem::TerrainLevel& coarser = levels.front();
    const dem::PlaneWindow window = WindowOf(options[i]);
    const double shown_from_m = dem::kCellsPerFeature * coarser.spacing_m;
    dem::Grid<float> z_m = dem::RefineGrid(coarser.z_m, WindowOf(coarser), window,
                                           dem::DetailBetween(world, shown_from_m, window.spacing_m));
    levels.insert(levels.begin(), LevelOf(window, std::move(z_m)));
  }
  for (dem::TerrainLevel& level : levels) AddAlbedo(level, scenario.ground, world);
  return dem::Terrain(scenario.site, std::move(levels));
}

}  // namespace perilune::datasets
