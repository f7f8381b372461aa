#include "datasets/simulation/site_type_truth.h"

#include <functional>
#include <utility>

#include "datasets/scenarios/locate.h"
#include "datasets/simulation/truth_world.h"
#include "dem/frames/site.h"
#include "dem/io/raster_file.h"
#include "dem/synthesis/lunar_ground.h"
#include "dem/synthesis/refined_ground.h"
#include "dem/terrain/resample.h"

namespace perilune::datasets {
namespace {

using Heights = std::function<dem::Grid<float>(const dem::PlaneWindow&)>;

/// Applies a height of the sphere ↔ z in `site` conversion to all cells.
template <typename Convert>
void ForEachCell(dem::Grid<float>& grid, const dem::PlaneWindow& window, const Convert& convert) {
  for (int row = 0; row < window.height; ++row) {
    const double y_m = window.y0_m - row * window.spacing_m;
    for (int col = 0; col < window.width; ++col) {
      float& cell = grid.At(col, row);
      cell = static_cast<float>(convert(window.x0_m + col * window.spacing_m, y_m, cell));
    }
  }
}

std::vector<dem::TerrainLevel> Levels(const Scenario& scenario, const dem::LunarGround& ground,
                                      const Heights& heights) {
  std::vector<dem::TerrainLevel> levels;
  for (const GroundLevel& options : scenario.ground.levels) {
    const dem::PlaneWindow window = WindowOf(options);
    dem::TerrainLevel level;
    level.x0_m = window.x0_m;
    level.y0_m = window.y0_m;
    level.spacing_m = window.spacing_m;
    level.z_m = heights(window);
    ForEachCell(level.z_m, window, [](double x, double y, double h) { return dem::ZInSite(x, y, h); });
    level.albedo = scenario.ground.albedo;
    level.albedo_grid = ground.Albedo(window);
    levels.push_back(std::move(level));
  }
  return levels;
}

/// The DEM on the coarsest level's lattice, three cells wider for the interpolation: heights above the
/// sphere.
dem::TerrainLevel Base(const Scenario& scenario) {
  const dem::RasterFile file(FindData(scenario.ground.base));
  const dem::PlaneWindow coarsest = WindowOf(scenario.ground.levels.back());
  const double margin_m = 3 * coarsest.spacing_m;
  dem::TerrainLevel level = dem::ResampleIntoSite(file, scenario.site,
                                                  {coarsest.x0_m - margin_m, coarsest.MaxX() + margin_m,
                                                   coarsest.MinY() - margin_m, coarsest.y0_m + margin_m},
                                                  coarsest.spacing_m);
  const dem::PlaneWindow window{level.x0_m, level.y0_m, level.z_m.width, level.z_m.height, level.spacing_m};
  ForEachCell(level.z_m, window, [](double x, double y, double z) {
    return dem::HeightAboveSphere({x, y, z});
  });
  return level;
}

}  // namespace

std::vector<dem::TerrainLevel> SiteTypeLevels(const Scenario& scenario, std::uint64_t seed) {
  dem::SiteType type = dem::SiteTypeNamed(scenario.ground.site_type);
  type.albedo = scenario.ground.albedo;
  type.albedo_sigma = scenario.ground.albedo_sigma;
  if (!scenario.ground.UsesBase()) {
    const dem::LunarGround ground(type, seed);
    return Levels(scenario, ground, [&](const dem::PlaneWindow& window) { return ground.Heights(window); });
  }
  const dem::TerrainLevel base = Base(scenario);
  dem::RefineOptions options;
  options.type = type;
  options.seed = seed;
  options.effective_resolution_m = scenario.ground.base_resolution_m;
  options.roughness = dem::RoughnessOf(base.z_m, base.spacing_m, type, options.effective_resolution_m);
  const dem::RefinedGround ground(
      base.z_m, {base.x0_m, base.y0_m, base.z_m.width, base.z_m.height, base.spacing_m}, options);
  return Levels(scenario, ground.detail(),
                [&](const dem::PlaneWindow& window) { return ground.Heights(window); });
}

}  // namespace perilune::datasets
