#include "dem/terrain/outer_horizon.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace perilune::dem {
namespace {

constexpr double kFar = std::numeric_limits<double>::infinity();

/// Distance at which a line leaves a level's rectangle; negative when it is not inside at `distance_m`.
double EndIn(const TerrainLevel& level, const Eigen::Vector2d& from, const Eigen::Vector2d& towards) {
  const auto axis = [](double at, double step, double low, double high) {
    if (step == 0) return at >= low && at <= high ? kFar : -1.0;
    return ((step > 0 ? high : low) - at) / step;
  };
  return std::min(axis(from.x(), towards.x(), level.x0_m, level.MaxX()),
                  axis(from.y(), towards.y(), level.MinY(), level.y0_m));
}

/// The next crossing of one family of grid lines.
struct Crossings {
  double next_m = kFar, step_m = kFar;

  Crossings(double at_cells, double cells_per_m, double after_m) {
    if (cells_per_m == 0) return;
    step_m = 1 / std::abs(cells_per_m);
    const double now = at_cells + after_m * cells_per_m;
    const double line = cells_per_m > 0 ? std::floor(now) + 1 : std::ceil(now) - 1;
    next_m = (line - at_cells) / cells_per_m;
  }
};

/// Height on a grid line, linear between its two points; NaN beside missing data and outside.
double HeightOnLine(const TerrainLevel& level, double u, double v) {
  const double col = std::floor(u), row = std::floor(v);
  const int c = static_cast<int>(col), r = static_cast<int>(row);
  if (c < 0 || r < 0 || c >= level.z_m.width || r >= level.z_m.height) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  const int c1 = std::min(c + 1, level.z_m.width - 1), r1 = std::min(r + 1, level.z_m.height - 1);
  const double p = u - col, q = v - row;
  return (1 - q) * ((1 - p) * level.z_m.At(c, r) + p * level.z_m.At(c1, r)) +
         q * ((1 - p) * level.z_m.At(c, r1) + p * level.z_m.At(c1, r1));
}

struct Line {
  const SunAzimuth& azimuth;
  Eigen::Vector2d from_m;
  std::span<float> heights_m;

  /// Whether ground of this height can matter from a distance on. The lowest tangent decides.
  bool CanRise(double highest_m, double distance_m) const {
    const double tangent = static_cast<double>(azimuth.tangents[0]);
    return tangent <= 0 || highest_m - distance_m * tangent > static_cast<double>(heights_m[0]);
  }

  void Raise(double z_m, double distance_m) {
    if (std::isnan(z_m)) return;
    for (std::size_t i = 0; i < heights_m.size(); ++i) {
      const auto shadow = static_cast<float>(z_m - distance_m * static_cast<double>(azimuth.tangents[i]));
      heights_m[i] = std::max(heights_m[i], shadow);
    }
  }

  /// Meets the grid lines of one level between two distances.
  void Walk(const TerrainLevel& level, double begin_m, double end_m, double highest_m) {
    const double per_m = 1 / level.spacing_m;
    const double u0 = (from_m.x() - level.x0_m) * per_m, v0 = (level.y0_m - from_m.y()) * per_m;
    const double du = azimuth.towards.x() * per_m, dv = -azimuth.towards.y() * per_m;
    Crossings cols(u0, du, begin_m), rows(v0, dv, begin_m);
    while (true) {
      const bool at_col = cols.next_m < rows.next_m;
      Crossings& crossed = at_col ? cols : rows;
      const double distance_m = crossed.next_m;
      if (!(distance_m <= end_m) || !CanRise(highest_m, distance_m)) return;
      double u = u0 + distance_m * du, v = v0 + distance_m * dv;
      (at_col ? u : v) = std::round(at_col ? u : v);
      Raise(HeightOnLine(level, u, v), distance_m);
      crossed.next_m += crossed.step_m;
    }
  }
};

}  // namespace

void ShadowHeights(const Terrain& terrain, const SunAzimuth& azimuth, const Eigen::Vector2d& from_m,
                   float no_matter_below_m, std::span<const float> level_highest_m,
                   std::span<float> heights_m) {
  std::fill(heights_m.begin(), heights_m.end(), no_matter_below_m);
  Line line{azimuth, from_m, heights_m};
  double distance_m = 0;
  for (int i = 0; i < terrain.LevelCount(); ++i) {
    const TerrainLevel& level = terrain.Level(i);
    const double end_m = EndIn(level, from_m, azimuth.towards);
    if (!(end_m > distance_m)) continue;
    line.Walk(level, distance_m, end_m, static_cast<double>(level_highest_m[i]));
    distance_m = end_m;
  }
}

}  // namespace perilune::dem
