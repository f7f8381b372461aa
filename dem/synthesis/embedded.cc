#include "dem/synthesis/embedded.h"

#include <algorithm>

namespace perilune::dem {

DetailOptions EmbeddedWorld(std::uint64_t seed) {
  DetailOptions world;
  world.seed = seed;
  return world;
}

DetailOptions MareWorld(std::uint64_t seed) {
  DetailOptions world;
  world.seed = seed;
  world.craters.transition_diameter_m = 200;
  world.craters.production_exponent = 3.5;
  world.fractal_slope_rad = 0.012;
  world.hurst = 0.76;
  return world;
}

Grid<float> SyntheticGround(const DetailOptions& world, const PlaneWindow& window) {
  ValidateWindow(window);
  DetailOptions options = world;
  options.min_diameter_m = options.fractal_shortest_m = kCellsPerFeature * window.spacing_m;
  options.max_diameter_m = std::max(options.min_diameter_m, kEmbeddedLargestCrater_m);
  options.fractal_longest_m = std::max(options.fractal_shortest_m, kEmbeddedLongestWave_m);
  Grid<float> height_m(window.width, window.height);
  AddLunarDetail(height_m, window, options);
  return height_m;
}

Grid<float> SyntheticBase(std::uint64_t seed, const PlaneWindow& window) {
  return SyntheticGround(EmbeddedWorld(seed), window);
}

}  // namespace perilune::dem
