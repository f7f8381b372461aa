#include "benchmark/ray_worlds.h"

#include <cmath>

#include "dem/frames/moon.h"
#include "dem/frames/site.h"
#include "dem/synthesis/embedded.h"

namespace perilune::benchmarks {

dem::Terrain SyntheticTerrain(int points, double spacing_m) {
  const double half_m = (points - 1) * spacing_m / 2;
  dem::TerrainLevel level;
  level.x0_m = -half_m;
  level.y0_m = half_m;
  level.spacing_m = spacing_m;
  level.z_m = dem::SyntheticBase(1, dem::PlaneWindow{-half_m, half_m, points, points, spacing_m});
  for (int row = 0; row < points; ++row) {
    for (int col = 0; col < points; ++col) {
      float& z = level.z_m.At(col, row);
      z = static_cast<float>(dem::ZInSite(level.x0_m + col * spacing_m, level.y0_m - row * spacing_m, z));
    }
  }
  std::vector<dem::TerrainLevel> levels;
  levels.push_back(std::move(level));
  return dem::Terrain(dem::MakeSite({0, 0}), std::move(levels));
}

dem::Terrain MirroredTerrain(int points, double spacing_m) {
  constexpr int kTile = 1024;
  const double tile_half_m = (kTile - 1) * spacing_m / 2, half_m = (points - 1) * spacing_m / 2;
  const dem::Grid<float> tile =
      dem::SyntheticBase(1, dem::PlaneWindow{-tile_half_m, tile_half_m, kTile, kTile, spacing_m});
  const auto mirrored = [points](int index) {
    const int along = (index - points / 2 + kTile / 2 + 64 * kTile) % (2 * kTile);
    return along < kTile ? along : 2 * kTile - 1 - along;
  };
  dem::TerrainLevel level;
  level.x0_m = -half_m;
  level.y0_m = half_m;
  level.spacing_m = spacing_m;
  level.z_m = dem::Grid<float>(points, points);
  for (int row = 0; row < points; ++row) {
    for (int col = 0; col < points; ++col) {
      const double x = level.x0_m + col * spacing_m, y = level.y0_m - row * spacing_m;
      level.z_m.At(col, row) = static_cast<float>(dem::ZInSite(x, y, tile.At(mirrored(col), mirrored(row))));
    }
  }
  std::vector<dem::TerrainLevel> levels;
  levels.push_back(std::move(level));
  return dem::Terrain(dem::MakeSite({0, 0}), std::move(levels));
}

dem::RayBundle Rays::Bundle() const {
  dem::RayBundle bundle;
  for (int axis = 0; axis < 3; ++axis) {
    bundle.origin_in_site_m[axis] = origin[axis];
    bundle.direction[axis] = direction[axis];
  }
  return bundle;
}

dem::Ray Rays::At(int index) const {
  const auto o = origin[0].size() > 1 ? static_cast<std::size_t>(index) : 0;
  const auto d = direction[0].size() > 1 ? static_cast<std::size_t>(index) : 0;
  return {{origin[0][o], origin[1][o], origin[2][o]}, {direction[0][d], direction[1][d], direction[2][d]}};
}

Rays CameraRays(double height_m, double off_nadir_deg) {
  constexpr int kTile = 16, kBlock = 4;
  const double f = kImage_px / 2 / std::tan(dem::DegToRad(30));
  const double tilt = dem::DegToRad(off_nadir_deg), c = std::cos(tilt), s = std::sin(tilt);
  Rays rays;
  rays.origin = {std::vector{0.0}, std::vector{-height_m * std::tan(tilt)}, std::vector{height_m}};
  for (int i = 0; i < kImage_px * kImage_px; ++i) {
    const int tile = i / (kTile * kTile), block = i / (kBlock * kBlock) % 16, pixel = i % (kBlock * kBlock);
    const int tiles_across = kImage_px / kTile;
    const int u = tile % tiles_across * kTile + block % 4 * kBlock + pixel % kBlock;
    const int v = tile / tiles_across * kTile + block / 4 * kBlock + pixel / kBlock;
    const double x = (u - kImage_px / 2.0) / f, up = (kImage_px / 2.0 - v) / f;
    const Eigen::Vector3d direction = Eigen::Vector3d(x, s + up * c, -c + up * s).normalized();
    for (int axis = 0; axis < 3; ++axis) rays.direction[axis].push_back(direction[axis]);
  }
  return rays;
}

Rays SunRays(const dem::Terrain& terrain, const Rays& camera, double elevation_deg) {
  constexpr double kStart_m = 0.05;
  const dem::BundleHits hits = terrain.FirstHits(camera.Bundle());
  const double elevation = dem::DegToRad(elevation_deg);
  Rays rays;
  rays.direction = {std::vector{std::cos(elevation)}, std::vector{0.0}, std::vector{std::sin(elevation)}};
  for (int i = 0; i < camera.Count(); ++i) {
    if (std::isnan(hits.range_m[i])) continue;
    const dem::Ray ray = camera.At(i);
    const Eigen::Vector3d point = ray.origin_in_site + hits.range_m[i] * ray.direction;
    for (int axis = 0; axis < 3; ++axis)
      rays.origin[axis].push_back(point[axis] + (axis == 2 ? kStart_m : 0));
  }
  return rays;
}

}  // namespace perilune::benchmarks
