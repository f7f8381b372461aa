#include "dem/terrain/sun_map.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>

#include "dem/terrain/lowest_free.h"
#include "dem/terrain/sun_sweep.h"

namespace perilune::dem {
namespace {

constexpr int kTile = 128;  // grid points a side: so many that the doubtful ones fill bundles of rays

void CheckDirections(const std::vector<Eigen::Vector3d>& directions) {
  if (directions.empty() || directions.size() > 127) {
    throw std::invalid_argument("sun map: " + std::to_string(directions.size()) +
                                " directions, must be 1 to 127");
  }
  for (std::size_t i = 0; i < directions.size(); ++i) {
    if (!(std::abs(directions[i].norm() - 1) < 1e-6)) {
      throw std::invalid_argument("sun map: directions must be unit vectors");
    }
  }
}

bool AnyDoubt(const Grid<std::uint8_t>& codes, int first_col, int first_row) {
  const int cols = std::min(kTile, codes.width - first_col);
  const int end_row = std::min(first_row + kTile, codes.height);
  std::uint8_t all = 0;
  for (int row = first_row; row < end_row; ++row) {
    const std::uint8_t* from = &codes.At(first_col, row);
    if (cols == kTile) {
      for (int i = 0; i < kTile; ++i) all |= from[i];
    } else {
      for (int i = 0; i < cols; ++i) all |= from[i];
    }
  }
  return all >= kSunDoubt;
}

/// Decides the doubtful grid points of a tile by rays; returns how many there were.
std::int64_t TraceTile(const Terrain& terrain, double start_above_m, int first_col, int first_row,
                       SunMap& map) {
  const TerrainLevel& level = terrain.Level(map.level);
  if (!AnyDoubt(map.lowest_free, first_col, first_row)) return 0;
  std::vector<std::uint8_t*> cells;
  std::array<std::vector<double>, 3> points;
  for (int row = first_row; row < std::min(first_row + kTile, level.z_m.height); ++row) {
    std::uint8_t* codes = &map.lowest_free.At(0, row);
    for (int col = first_col; col < std::min(first_col + kTile, level.z_m.width); ++col) {
      if (codes[col] < kSunDoubt) continue;
      const float z = level.z_m.At(col, row);
      codes[col] = SunMap::kNoData;
      if (std::isnan(z)) continue;
      cells.push_back(codes + col);
      points[0].push_back(level.x0_m + col * level.spacing_m);
      points[1].push_back(level.y0_m - row * level.spacing_m);
      points[2].push_back(static_cast<double>(z) + start_above_m);
    }
  }
  const std::vector<int> found =
      LowestFree(terrain, map.directions_in_site, {points[0], points[1], points[2]});
  for (std::size_t i = 0; i < cells.size(); ++i) *cells[i] = static_cast<std::uint8_t>(found[i]);
  return static_cast<std::int64_t>(cells.size());
}

std::int64_t TraceDoubtful(const Terrain& terrain, double start_above_m, SunMap& map) {
  const int across = (map.lowest_free.width + kTile - 1) / kTile;
  const int down = (map.lowest_free.height + kTile - 1) / kTile;
  std::vector<std::int64_t> traced(static_cast<std::size_t>(down), 0);
  tbb::parallel_for(tbb::blocked_range<int>(0, down), [&](const tbb::blocked_range<int>& rows) {
    for (int row = rows.begin(); row < rows.end(); ++row) {
      for (int col = 0; col < across; ++col) {
        traced[row] += TraceTile(terrain, start_above_m, col * kTile, row * kTile, map);
      }
    }
  });
  return std::accumulate(traced.begin(), traced.end(), std::int64_t{0});
}

}  // namespace

void SunMapOptions::Validate() const {
  const auto check = [](const char* name, double value) {
    if (value >= 0 && value <= 1) return;
    throw std::invalid_argument(std::string("sun map: ") + name + " is " + std::to_string(value) +
                                ", must be between 0 and 1");
  };
  check("start_above_cells", start_above_cells);
  check("doubt_cells", doubt_cells);
}

SunMap MakeSunMap(const Terrain& terrain, int level, std::vector<Eigen::Vector3d> directions_in_site,
                  const SunMapOptions& options, SimdLevel simd) {
  options.Validate();
  CheckDirections(directions_in_site);
  if (level < 0 || level >= terrain.LevelCount()) {
    throw std::invalid_argument("sun map: there is no level " + std::to_string(level));
  }
  SunMap map;
  map.level = level;
  map.directions_in_site = std::move(directions_in_site);
  const TerrainLevel& ground = terrain.Level(level);
  const double start_above_m = options.start_above_cells * ground.spacing_m;
  if (const auto sun = SweptSunOf(map.directions_in_site)) {
    map.lowest_free = SweepLevel(
        terrain, level, *sun,
        {static_cast<float>(start_above_m), static_cast<float>(options.doubt_cells * ground.spacing_m)},
        simd);
  } else {
    map.lowest_free = Grid<std::uint8_t>(ground.z_m.width, ground.z_m.height, kSunDoubt);
  }
  if (options.trace_doubtful) map.traced = TraceDoubtful(terrain, start_above_m, map);
  return map;
}

}  // namespace perilune::dem
