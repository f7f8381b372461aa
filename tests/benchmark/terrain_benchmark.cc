// Rays a second on a synthetic 4096² level of 5 m: 1024² primary rays from 5 km up, 30° off nadir, and shadow
// rays from their hits. Run pinned to one core: `taskset -c 0 build/release/tests/terrain_benchmark`.
#include <benchmark/benchmark.h>

#include <cmath>
#include <vector>

#include "dem/frames/site.h"
#include "dem/synthesis/embedded.h"
#include "dem/terrain/terrain.h"

namespace perilune {
namespace {

constexpr int kPoints = 4096;
constexpr double kSpacing_m = 5;
constexpr int kImage_px = 1024;

dem::Terrain MakeTerrain() {
  const double half_m = (kPoints - 1) * kSpacing_m / 2;
  dem::TerrainLevel level;
  level.x0_m = -half_m;
  level.y0_m = half_m;
  level.spacing_m = kSpacing_m;
  level.z_m = dem::SyntheticBase(1, dem::PlaneWindow{-half_m, half_m, kPoints, kPoints, kSpacing_m});
  for (int row = 0; row < kPoints; ++row) {
    for (int col = 0; col < kPoints; ++col) {
      float& z = level.z_m.At(col, row);
      z = static_cast<float>(dem::ZInSite(level.x0_m + col * kSpacing_m, level.y0_m - row * kSpacing_m, z));
    }
  }
  std::vector<dem::TerrainLevel> levels;
  levels.push_back(std::move(level));
  return dem::Terrain(dem::MakeSite({0, 0}), std::move(levels));
}

// Rays of a 60° camera, tilted off nadir to the north.
std::vector<dem::Ray> CameraRays(double height_m, double off_nadir_rad) {
  std::vector<dem::Ray> rays;
  const double f = kImage_px / 2 / std::tan(dem::DegToRad(30));
  const double c = std::cos(off_nadir_rad), s = std::sin(off_nadir_rad);
  for (int v = 0; v < kImage_px; ++v) {
    for (int u = 0; u < kImage_px; ++u) {
      const double x = (u - kImage_px / 2.0) / f, up = (kImage_px / 2.0 - v) / f;
      dem::Ray ray;
      ray.origin_in_site = {0, -height_m * std::tan(off_nadir_rad), height_m};
      ray.direction = Eigen::Vector3d(x, s + up * c, -c + up * s).normalized();
      rays.push_back(ray);
    }
  }
  return rays;
}

void PrimaryRays(benchmark::State& state) {
  const dem::Terrain terrain = MakeTerrain();
  const auto rays =
      CameraRays(static_cast<double>(state.range(0)), dem::DegToRad(static_cast<double>(state.range(1))));
  for (auto _ : state) {
    double sum = 0;
    for (const dem::Ray& ray : rays) {
      if (const auto hit = terrain.FirstHit(ray)) sum += hit->range_m;
    }
    benchmark::DoNotOptimize(sum);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(rays.size()));
}
BENCHMARK(PrimaryRays)->Args({5000, 30})->Args({1000, 50})->Unit(benchmark::kMillisecond);

void ShadowRays(benchmark::State& state) {
  const dem::Terrain terrain = MakeTerrain();
  const double elevation = dem::DegToRad(static_cast<double>(state.range(0)));
  std::vector<dem::Ray> rays;
  for (const dem::Ray& ray : CameraRays(5000, dem::DegToRad(30))) {
    const auto hit = terrain.FirstHit(ray);
    if (!hit) continue;
    dem::Ray shadow;
    shadow.origin_in_site = hit->point_in_site + Eigen::Vector3d(0, 0, 0.05);
    shadow.direction = {std::cos(elevation), 0, std::sin(elevation)};
    rays.push_back(shadow);
  }
  for (auto _ : state) {
    int shaded = 0;
    for (const dem::Ray& ray : rays) shaded += terrain.Occluded(ray);
    benchmark::DoNotOptimize(shaded);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(rays.size()));
}
BENCHMARK(ShadowRays)->Arg(5)->Arg(30)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace perilune

BENCHMARK_MAIN();
