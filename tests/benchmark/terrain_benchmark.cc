// Rays a second over synthetic ground of 4096² points of 5 m: 1024² rays of a 60° camera, and rays from their
// hits to the Sun. Pin it to one core: `taskset -c 0 build/release/tests/terrain_benchmark`. Times are CPU
// times. docs/rendering.md has the results.
#include <benchmark/benchmark.h>

#include <cmath>

#include "benchmark/ray_worlds.h"
#ifdef PERILUNE_EMBREE
#include "benchmark/embree_grid.h"
#endif

namespace perilune::benchmarks {
namespace {

constexpr int kPoints = 4096;
constexpr double kSpacing_m = 5;

const dem::Terrain& Ground() {
  static const dem::Terrain terrain = SyntheticTerrain(kPoints, kSpacing_m);
  return terrain;
}

Rays PrimaryRays(const benchmark::State& state) {
  return CameraRays(static_cast<double>(state.range(0)), static_cast<double>(state.range(1)));
}

Rays ShadowRays(const benchmark::State& state) {
  return SunRays(Ground(), CameraRays(5000, 30), static_cast<double>(state.range(0)));
}

void Count(benchmark::State& state, const Rays& rays) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(rays.Count()));
}

void PrimaryScalar(benchmark::State& state) {
  const Rays rays = PrimaryRays(state);
  for (auto _ : state) {
    double sum = 0;
    for (int i = 0; i < rays.Count(); ++i) {
      if (const auto hit = Ground().FirstHit(rays.At(i))) sum += hit->range_m;
    }
    benchmark::DoNotOptimize(sum);
  }
  Count(state, rays);
}

void PrimaryBundle(benchmark::State& state, dem::SimdLevel simd) {
  const Rays rays = PrimaryRays(state);
  for (auto _ : state) benchmark::DoNotOptimize(Ground().FirstHits(rays.Bundle(), simd));
  Count(state, rays);
}

void ShadowScalar(benchmark::State& state) {
  const Rays rays = ShadowRays(state);
  for (auto _ : state) {
    int shaded = 0;
    for (int i = 0; i < rays.Count(); ++i) shaded += Ground().Occluded(rays.At(i));
    benchmark::DoNotOptimize(shaded);
  }
  Count(state, rays);
}

void ShadowBundle(benchmark::State& state, dem::SimdLevel simd) {
  const Rays rays = ShadowRays(state);
  for (auto _ : state) benchmark::DoNotOptimize(Ground().Occluded(rays.Bundle(), simd));
  Count(state, rays);
}

// The same ground detail and camera over ever more ground.
void PrimaryBySize(benchmark::State& state) {
  const dem::Terrain terrain = SyntheticTerrain(static_cast<int>(state.range(0)), kSpacing_m);
  const Rays rays = CameraRays(1500, 20);
  for (auto _ : state) benchmark::DoNotOptimize(terrain.FirstHits(rays.Bundle()));
  Count(state, rays);
}

#ifdef PERILUNE_EMBREE
const EmbreeGrid& Embree() {
  static const EmbreeGrid grid(Ground().Level(0));
  return grid;
}

void PrimaryEmbree(benchmark::State& state) {
  const Rays rays = PrimaryRays(state);
  const std::vector<float> packed = EmbreeGrid::Pack(rays);
  for (auto _ : state) benchmark::DoNotOptimize(Embree().FirstHits(packed, rays.Count()));
  Count(state, rays);
  state.counters["bytes"] = static_cast<double>(Embree().bytes());
}

void ShadowEmbree(benchmark::State& state) {
  const Rays rays = ShadowRays(state);
  const std::vector<float> packed = EmbreeGrid::Pack(rays);
  for (auto _ : state) benchmark::DoNotOptimize(Embree().Occluded(packed, rays.Count()));
  Count(state, rays);
}
#endif

void Register() {
  Ground();  // built before the clock runs
#ifdef PERILUNE_EMBREE
  Embree();
#endif
  const auto primary = [](benchmark::internal::Benchmark* b) {
    b->Args({5000, 30})->Args({1000, 50})->Unit(benchmark::kMillisecond);
  };
  const auto shadow = [](benchmark::internal::Benchmark* b) {
    b->Arg(5)->Arg(30)->Unit(benchmark::kMillisecond);
  };
  primary(benchmark::RegisterBenchmark("primary/scalar", PrimaryScalar));
#ifdef PERILUNE_EMBREE
  primary(benchmark::RegisterBenchmark("primary/embree", PrimaryEmbree));
#endif
  for (const dem::SimdLevel simd : dem::AvailableSimdLevels()) {
    primary(benchmark::RegisterBenchmark(("primary/" + dem::SimdLevelName(simd)).c_str(),
                                         [simd](benchmark::State& state) { PrimaryBundle(state, simd); }));
  }
  shadow(benchmark::RegisterBenchmark("shadow/scalar", ShadowScalar));
#ifdef PERILUNE_EMBREE
  shadow(benchmark::RegisterBenchmark("shadow/embree", ShadowEmbree));
#endif
  for (const dem::SimdLevel simd : dem::AvailableSimdLevels()) {
    shadow(benchmark::RegisterBenchmark(("shadow/" + dem::SimdLevelName(simd)).c_str(),
                                        [simd](benchmark::State& state) { ShadowBundle(state, simd); }));
  }
  benchmark::RegisterBenchmark("primary_by_size", PrimaryBySize)
      ->RangeMultiplier(2)
      ->Range(1024, 16384)
      ->Unit(benchmark::kMillisecond);
}

}  // namespace
}  // namespace perilune::benchmarks

// NOLINT
int main(int argc, char** argv) {
  perilune::benchmarks::Register();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
}
