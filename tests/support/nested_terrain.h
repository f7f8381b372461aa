#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "dem/synthesis/random.h"
#include "dem/terrain/terrain.h"

namespace perilune::test {

/// Rough ground around the origin with patches of missing cells.
inline dem::TerrainLevel RoughLevel(std::uint64_t seed, double spacing_m, int width, int height,
                                    double hole_share) {
  dem::TerrainLevel level;
  level.z_m = dem::Grid<float>(width, height);
  level.spacing_m = spacing_m;
  level.x0_m = -0.5 * (width - 1) * spacing_m;
  level.y0_m = 0.5 * (height - 1) * spacing_m;
  level.name = "seed " + std::to_string(seed);
  for (int row = 0; row < height; ++row) {
    for (int col = 0; col < width; ++col) {
      const double x = level.x0_m + col * spacing_m, y = level.y0_m - row * spacing_m;
      const auto cell = static_cast<std::uint64_t>(row) * width + col;
      const double waves = std::sin(x / 170) * std::cos(y / 230) + 0.3 * std::sin(x / 31 + y / 47);
      const double h = 60 * waves + 2 * dem::RandomUniform(seed, 1, cell);
      level.z_m.At(col, row) = static_cast<float>(dem::ZInSite(x, y, h - 1500));
      const auto patch = static_cast<std::uint64_t>(row / 11) * 4096 + col / 13;
      if (dem::RandomUniform(seed, 2, patch) < hole_share) {
        level.z_m.At(col, row) = std::numeric_limits<float>::quiet_NaN();
      }
    }
  }
  return level;
}

/// Three rough levels, the middle one with an albedo grid.
inline std::vector<dem::TerrainLevel> RoughLevels(std::uint64_t seed) {
  std::vector<dem::TerrainLevel> levels;
  levels.push_back(RoughLevel(seed + 1, 1.7, 301, 283, 0.1));
  levels.push_back(RoughLevel(seed + 2, 4.3, 401, 350, 0.1));
  levels.push_back(RoughLevel(seed + 3, 19.1, 317, 402, 0.05));
  levels[1].albedo_grid = dem::Grid<float>(401, 350, 0.1F);
  for (std::size_t i = 0; i < levels[1].albedo_grid.data.size(); ++i) {
    levels[1].albedo_grid.data[i] += static_cast<float>(0.1 * dem::RandomUniform(seed, 3, i));
  }
  levels[0].height_sigma_m = 0.3;
  levels[0].height_correlation_m = 12;
  levels[2].albedo = 0.17;
  return levels;
}

}  // namespace perilune::test
