#include "dem/terrain/sun_map.h"

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <stdexcept>

#include "dem/frames/moon.h"
#include "dem/synthesis/random.h"

namespace perilune::dem {
namespace {

using Field = std::function<double(double, double)>;  // of x and y

TerrainLevel MakeLevel(const Field& height, int width, int height_points, double spacing_m) {
  TerrainLevel level;
  level.z_m = Grid<float>(width, height_points);
  level.spacing_m = spacing_m;
  level.x0_m = -spacing_m * (width / 2);
  level.y0_m = spacing_m * (height_points / 2);
  for (int row = 0; row < height_points; ++row) {
    for (int col = 0; col < width; ++col) {
      level.z_m.At(col, row) =
          static_cast<float>(height(level.x0_m + col * spacing_m, level.y0_m - row * spacing_m));
    }
  }
  return level;
}

Terrain MakeTerrain(std::vector<TerrainLevel> levels) { return {MakeSite({}), std::move(levels)}; }

Eigen::Vector3d ToSun(double elevation_rad, double azimuth_rad) {
  return {std::cos(elevation_rad) * std::sin(azimuth_rad), std::cos(elevation_rad) * std::cos(azimuth_rad),
          std::sin(elevation_rad)};
}

SunMapOptions SweepAlone() {
  SunMapOptions options;
  options.trace_doubtful = false;
  return options;
}

std::vector<int> ByRays(const Terrain& terrain, const SunMap& map, int col, int row) {
  const TerrainLevel& level = terrain.Level(map.level);
  const Eigen::Vector3d from(level.x0_m + col * level.spacing_m, level.y0_m - row * level.spacing_m,
                             static_cast<double>(level.z_m.At(col, row)) + 1e-3 * level.spacing_m);
  std::vector<int> occluded;
  for (const Eigen::Vector3d& direction : map.directions_in_site) {
    occluded.push_back(terrain.Occluded(Ray{from, direction}));
  }
  return occluded;
}

// A wall one grid point thick and h high on flat ground: n cells away from it, away from the Sun, the line to
// its crest rises by h / (n s). All four axes of the grid, and the sweep alone.
TEST(SunMap, ShadowOfAWallIsHeightOverTangent) {
  constexpr double kHeight_m = 7, kSpacing_m = 2;
  for (int quarter = 0; quarter < 4; ++quarter) {
    const double azimuth = quarter * kPi / 2;
    const bool along_y = quarter % 2 == 0;
    const Terrain terrain = MakeTerrain(
        {MakeLevel([&](double x, double y) { return std::abs(along_y ? y : x) < 0.1 ? kHeight_m : 0.0; }, 201,
                   201, kSpacing_m)});
    std::vector<Eigen::Vector3d> directions;
    for (int strip = 0; strip < 7; ++strip) directions.push_back(ToSun(DegToRad(5 + 2 * strip), azimuth));
    const SunMap map = MakeSunMap(terrain, 0, directions, SweepAlone());
    for (int away = -40; away <= 60; ++away) {
      if (away == 0) continue;
      int lowest = 0;
      while (away > 0 && lowest < 7 &&
             kHeight_m - 2e-3 > away * kSpacing_m * std::tan(DegToRad(5 + 2 * lowest))) {
        ++lowest;
      }
      const int sign = quarter == 0 || quarter == 3 ? 1 : -1;  // away from a Sun in the north: southward
      for (int along = 20; along < 180; along += 13) {
        const int place = 100 + sign * away;
        const int code = along_y ? map.lowest_free.At(along, place) : map.lowest_free.At(place, along);
        EXPECT_EQ(code & 127, lowest) << "quarter " << quarter << ", " << away << " cells away";
      }
    }
  }
}

// The wall stands on the coarse level alone, 300 m off: its shadow falls into the fine level.
TEST(SunMap, GroundOutsideTheLevelCastsShadows) {
  const Field wall = [](double x, double) { return std::abs(x - 300) < 1 ? 40.0 : 0.0; };
  const Terrain terrain = MakeTerrain(
      {MakeLevel(wall, 101, 101, 1), MakeLevel(wall, 201, 201, 4), MakeLevel(wall, 101, 101, 20)});
  for (const double elevation_deg : {6.0, 7.3, 9.0}) {
    const SunMap map = MakeSunMap(terrain, 0, {ToSun(DegToRad(elevation_deg), kPi / 2)}, SweepAlone());
    const double edge_x_m = 300 - 40 / std::tan(DegToRad(elevation_deg));
    for (int col = 2; col < 98; ++col) {
      const double x_m = terrain.Level(0).x0_m + col;
      if (std::abs(x_m - edge_x_m) < 0.1) continue;
      EXPECT_EQ(map.lowest_free.At(col, 40) & 127, x_m > edge_x_m ? 1 : 0) << elevation_deg << " x " << x_m;
    }
  }
}

TerrainLevel RandomLevel(std::uint64_t seed, double spacing_m, int width, int height, double hole_share) {
  TerrainLevel level = MakeLevel(
      [&](double x, double y) {
        const double waves = std::sin(x / 170) * std::cos(y / 230) + 0.3 * std::sin(x / 31 + y / 47);
        return ZInSite(x, y, 60 * waves);
      },
      width, height, spacing_m);
  for (int row = 0; row < height; ++row) {
    for (int col = 0; col < width; ++col) {
      const auto cell = static_cast<std::uint64_t>(row) * width + col;
      level.z_m.At(col, row) += static_cast<float>(0.1 * spacing_m * RandomUniform(seed, 3, cell));
      const auto patch = static_cast<std::uint64_t>(row / 11) * 4096 + col / 13;
      if (RandomUniform(seed, 4, patch) < hole_share) level.z_m.At(col, row) = std::nanf("");
    }
  }
  return level;
}

Terrain RoughTerrain(std::uint64_t seed) {
  const double holes = seed % 3 == 2 ? 0.05 : 0;
  std::vector<TerrainLevel> levels;
  if (seed % 2 == 0) levels.push_back(RandomLevel(seed + 1, 1.7, 201, 183, holes));
  levels.push_back(RandomLevel(seed + 2, 4.3, 301, 350, holes));
  levels.push_back(RandomLevel(seed + 3, 19.1, 217, 202, holes));
  return MakeTerrain(std::move(levels));
}

// Rough ground, some with holes, any azimuth and four strips: the contract is a tenth of a percent. Rays
// decide more grid points here than on lunar ground, but not most of them.
TEST(SunMap, AgreesWithRays) {
  std::int64_t points = 0, differ = 0, shaded = 0, partly = 0, traced = 0;
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const auto u = [&](std::uint64_t k) { return RandomUniform(seed, 11, k); };
    const Terrain terrain = RoughTerrain(seed);
    const double elevation = 0.03 + 0.5 * u(1), azimuth = 2 * kPi * u(2);
    std::vector<Eigen::Vector3d> directions;
    for (int strip = 0; strip < 4; ++strip) directions.push_back(ToSun(elevation + 0.005 * strip, azimuth));
    const SunMap map = MakeSunMap(terrain, 0, directions);
    traced += map.traced;
    const Grid<float>& z = terrain.Level(0).z_m;
    for (int row = 0; row < z.height; ++row) {
      for (int col = 0; col < z.width; ++col) {
        const int code = map.lowest_free.At(col, row);
        if (std::isnan(z.At(col, row))) {
          EXPECT_EQ(code, SunMap::kNoData);
          continue;
        }
        const std::vector<int> occluded = ByRays(terrain, map, col, row);
        int lowest = 0;
        while (lowest < 4 && occluded[lowest]) ++lowest;
        ++points;
        shaded += lowest == 4;
        partly += lowest > 0 && lowest < 4;
        differ += lowest != code;
      }
    }
  }
  RecordProperty("differ_ppm", static_cast<int>(1e6 * static_cast<double>(differ) / points));
  RecordProperty("traced_ppm", static_cast<int>(1e6 * static_cast<double>(traced) / points));
  EXPECT_GT(shaded, points / 20);
  EXPECT_GT(partly, 1000);
  EXPECT_LT(differ, points / 1000);
  EXPECT_LT(traced, points / 2);
}

TEST(SunMap, SameBytesWithAnyThreadsAndInstructions) {
  const Terrain terrain = RoughTerrain(4);
  for (const double azimuth : {0.3, 1.9}) {
    const std::vector<Eigen::Vector3d> directions = {ToSun(0.1, azimuth), ToSun(0.105, azimuth)};
    std::vector<SunMap> maps;
    for (const std::size_t threads : {1, 2}) {
      const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
      for (const SimdLevel simd : AvailableSimdLevels()) {
        maps.push_back(MakeSunMap(terrain, 0, directions, {}, simd));
      }
    }
    for (const SunMap& map : maps) {
      EXPECT_EQ(map.lowest_free.data, maps[0].lowest_free.data);
      EXPECT_EQ(map.traced, maps[0].traced);
    }
  }
}

TEST(SunMap, ZenithAndNadirAreLeftToRays) {
  const Terrain terrain = RoughTerrain(1);
  const SunMap lit = MakeSunMap(terrain, 0, {Eigen::Vector3d::UnitZ()});
  EXPECT_EQ(lit.traced, static_cast<std::int64_t>(lit.lowest_free.data.size()));
  EXPECT_EQ(std::count(lit.lowest_free.data.begin(), lit.lowest_free.data.end(), 0), lit.traced);
  const SunMap night = MakeSunMap(terrain, 0, {-Eigen::Vector3d::UnitZ()});
  EXPECT_EQ(std::count(night.lowest_free.data.begin(), night.lowest_free.data.end(), 1), night.traced);
}

TEST(SunMap, RefusesBadArguments) {
  const Terrain terrain = RoughTerrain(1);
  EXPECT_THROW(MakeSunMap(terrain, 0, {}), std::invalid_argument);
  EXPECT_THROW(MakeSunMap(terrain, 2, {ToSun(0.1, 0)}), std::invalid_argument);
  EXPECT_THROW(MakeSunMap(terrain, 0, {2 * ToSun(0.1, 0)}), std::invalid_argument);
  SunMapOptions options;
  options.doubt_cells = -1;
  EXPECT_THROW(MakeSunMap(terrain, 0, {ToSun(0.1, 0)}, options), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::dem
