#include "tools/accuracy/trial_ground.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "datasets/formats/map_terrain.h"
#include "datasets/formats/uncertainty.h"
#include "datasets/scenarios/locate.h"
#include "datasets/scenarios/scenario.h"
#include "datasets/simulation/map_degradation.h"
#include "datasets/simulation/truth_world.h"
#include "dem/io/data_error.h"
#include "dem/io/raster_file.h"
#include "dem/io/write_raster.h"
#include "dem/synthesis/random.h"
#include "dem/terrain/cell_place.h"

namespace perilune::tools {
namespace {

enum GroundDraw : std::uint64_t { kPlaceDraws = 720, kAlbedoNoise, kAlbedoShift };

constexpr double kBaseSpacing_m = 120;      // of the surroundings: the postings of most of the DEMs
constexpr double kSurroundings_m = 40'000;  // at least: what shades a view at a low Sun
constexpr double kMiddleShare = 0.5;        // of the DEM's sides, where places are drawn
constexpr double kAlbedoShift_px = 0.3, kAlbedoNoiseShare = 0.05;

/// A place in the middle of the DEM that has heights all around.
dem::Site DrawPlace(const dem::RasterFile& file, std::uint64_t seed) {
  constexpr std::uint64_t kTries = 64;
  for (std::uint64_t i = 0; i < kTries; ++i) {
    const double column =
        file.width() * (0.5 + kMiddleShare * (dem::RandomUniform(seed, kPlaceDraws, 2 * i) - 0.5));
    const double row =
        file.height() * (0.5 + kMiddleShare * (dem::RandomUniform(seed, kPlaceDraws, 2 * i + 1) - 0.5));
    const dem::Raster<float> around =
        file.ReadWindow(static_cast<int>(column) - 8, static_cast<int>(row) - 8, 17, 17);
    const bool whole = std::all_of(around.grid.data.begin(), around.grid.data.end(),
                                   [](float h) { return std::isfinite(h); });
    if (whole) return dem::MakeSite(file.PlacesFromPixels({{column, row}}).front());
  }
  throw dem::DataError(file.path(), "has no heights around its middle");
}

dem::SiteExtent Square(double half_m) { return {-half_m, half_m, -half_m, half_m}; }

datasets::Scenario ScenarioOf(const TrialWorld& world, const dem::Site& site) {
  datasets::Scenario scenario;
  scenario.name = "trial";
  scenario.seed = world.seed;
  scenario.site = site;
  scenario.ground.site_type = world.site.site_type;
  scenario.ground.base = world.site.dem;
  scenario.ground.base_resolution_m = world.site.resolution_m;
  scenario.ground.albedo = world.site.albedo;
  const double around_m = std::max(kSurroundings_m, 3 * world.half_width_m);
  // The map is low-passed with a reach of a few of its pixels, and moved by its tie.
  scenario.ground.levels = {{world.truth_spacing_m, Square(world.half_width_m + 12 * world.map_pixel_m)}};
  const double between_m = 4 * world.truth_spacing_m;
  if (2 * between_m < kBaseSpacing_m && 3 * world.half_width_m < around_m) {
    scenario.ground.levels.push_back({between_m, Square(2.5 * world.half_width_m)});
  }
  scenario.ground.levels.push_back({kBaseSpacing_m, Square(around_m)});
  scenario.map.levels = {
      {"map", world.map_pixel_m, Square(world.half_width_m), datasets::MapProjection::kOrthographic}};
  return scenario;
}

/// The truth's albedo as somebody else has measured it, on the map's grid.
dem::Grid<float> MeasuredAlbedo(const dem::TerrainLevel& truth, const dem::TerrainLevel& map,
                                const Eigen::Vector2d& tie_m, const TrialWorld& world) {
  const double turn = 2 * dem::kPi * dem::RandomUniform(world.seed, kAlbedoShift, 0);
  const double shift_m = kAlbedoShift_px * world.map_pixel_m;
  const Eigen::Vector2d moved_m = tie_m + shift_m * Eigen::Vector2d(std::cos(turn), std::sin(turn));
  const int across = std::max(1, static_cast<int>(std::lround(map.spacing_m / truth.spacing_m)));
  dem::Grid<float> albedo(map.z_m.width, map.z_m.height);
  for (int row = 0; row < albedo.height; ++row) {
    for (int col = 0; col < albedo.width; ++col) {
      double sum = 0;
      int count = 0;
      for (int k = 0; k < across * across; ++k) {
        const int right = k % across, down = k / across;
        const double x = map.x0_m + (col + (right + 0.5) / across - 0.5) * map.spacing_m - moved_m.x();
        const double y = map.y0_m - (row + (down + 0.5) / across - 0.5) * map.spacing_m - moved_m.y();
        if (const auto at = dem::PlaceIn(truth, x, y)) {
          sum += dem::Bilinear(truth.albedo_grid, *at);
          ++count;
        }
      }
      const auto cell = static_cast<std::uint64_t>(row) * static_cast<std::uint64_t>(albedo.width) +
                        static_cast<std::uint64_t>(col);
      const double noise = 1 + kAlbedoNoiseShare * dem::RandomNormal(world.seed, kAlbedoNoise, cell);
      albedo.At(col, row) = static_cast<float>(count > 0 ? noise * sum / count : map.albedo);
    }
  }
  return albedo;
}

}  // namespace

TrialGround MakeTrialGround(const TrialWorld& world, const std::filesystem::path& folder) {
  const dem::RasterFile file(datasets::FindData(world.site.dem));
  const datasets::Scenario scenario = ScenarioOf(world, DrawPlace(file, world.seed));
  dem::Terrain truth = datasets::BuildTruth(scenario);
  const datasets::DegradedMap map = datasets::DegradeMap(scenario, truth, 0);
  const std::filesystem::path path = folder / "map.tif";
  dem::WriteGeoTiff(path, map.raster);
  datasets::WriteMapUncertainty(path, map.uncertainty);

  dem::Terrain terrain = datasets::TerrainFromMap(path, scenario.site, Square(world.half_width_m));
  dem::TerrainLevel with_albedo = terrain.Level(0);
  with_albedo.albedo_grid = MeasuredAlbedo(truth.Level(0), with_albedo, map.tie_in_site_m.head<2>(), world);
  nav::MapDeclaration declaration;
  declaration.map_pixel_m = dem::PixelOnGround_m(dem::RasterFile(path), scenario.site.origin);
  declaration.height_sigma_m = map.uncertainty.height_sigma_m.value_or(0);
  declaration.height_correlation_m = map.uncertainty.height_correlation_m.value_or(0);
  declaration.tie_sigma_horizontal_m = map.uncertainty.tie_sigma_horizontal_m;
  declaration.tie_sigma_vertical_m = map.uncertainty.tie_sigma_vertical_m;
  nav::MapDeclaration albedo_declaration = declaration;
  albedo_declaration.albedo_tie_sigma_m = kAlbedoShift_px / std::sqrt(2.0) * world.map_pixel_m;
  return {std::move(truth), std::move(terrain), dem::Terrain(scenario.site, {std::move(with_albedo)}),
          declaration,      albedo_declaration, map.tie_in_site_m};
}

}  // namespace perilune::tools
