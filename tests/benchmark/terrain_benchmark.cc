// Rays a second over synthetic ground of 4096² points of 5 m: 1024² rays of a 60° camera, and rays from their
// hits to the Sun. Pin it to one core: `taskset -c 0 build/release/tests/terrain_benchmark`. Times are CPU
// times. docs/rendering.md has the results.
#include <benchmark/benchmark.h>
#include <tbb/global_control.h>

#include <cmath>

#include "benchmark/ray_worlds.h"
#include "dem/frames/moon.h"
#include "dem/terrain/sun_map.h"
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

std::vector<Eigen::Vector3d> SunOf(const benchmark::State& state) {
  const double elevation = dem::DegToRad(static_cast<double>(state.range(0)));
  const double azimuth = dem::DegToRad(static_cast<double>(state.range(1)));
  return {{std::cos(elevation) * std::sin(azimuth), std::cos(elevation) * std::cos(azimuth),
           std::sin(elevation)}};
}

enum class SunMapBy { kRays, kSweep, kBoth };

// Which points of the ground's grid see the Sun: items are points. One thread. Rays start from every eighth
// tile of 16 × 16 points in each row of tiles.
void SunMapOfGround(benchmark::State& state, SunMapBy by) {
  const tbb::global_control one_thread(tbb::global_control::max_allowed_parallelism, 1);
  constexpr int kTile = 16, kEvery = 8;
  const std::vector<Eigen::Vector3d> sun = SunOf(state);
  const dem::TerrainLevel& level = Ground().Level(0);
  if (by != SunMapBy::kRays) {
    dem::SunMapOptions options;
    options.trace_doubtful = by == SunMapBy::kBoth;
    double traced = 0;
    for (auto _ : state) traced = static_cast<double>(dem::MakeSunMap(Ground(), 0, sun, options).traced);
    const auto points = static_cast<std::int64_t>(level.z_m.data.size());
    state.counters["traced_percent"] = 100 * traced / static_cast<double>(points);
    state.SetItemsProcessed(state.iterations() * points);
    return;
  }
  Rays rays;
  for (int axis = 0; axis < 3; ++axis) rays.direction[axis] = {sun[0][axis]};
  for (int tile = 0; tile < (kPoints / kTile) * (kPoints / kTile); tile += kEvery) {
    const int first_col = tile % (kPoints / kTile) * kTile, first_row = tile / (kPoints / kTile) * kTile;
    for (int i = 0; i < kTile * kTile; ++i) {
      const int col = first_col + i % kTile, row = first_row + i / kTile;
      rays.origin[0].push_back(level.x0_m + col * level.spacing_m);
      rays.origin[1].push_back(level.y0_m - row * level.spacing_m);
      rays.origin[2].push_back(static_cast<double>(level.z_m.At(col, row)) + 1e-3 * level.spacing_m);
    }
  }
  for (auto _ : state) benchmark::DoNotOptimize(Ground().Occluded(rays.Bundle()));
  Count(state, rays);
}

// How many points of the map differ from rays, in percent, as the sweep leaves it and with its doubtful
// points traced. Counted, not timed.
void SunMapAgreement(benchmark::State& state) {
  const std::vector<Eigen::Vector3d> sun = SunOf(state);
  const dem::TerrainLevel& level = Ground().Level(0);
  for (auto _ : state) {
    dem::SunMapOptions options;
    const dem::SunMap both = dem::MakeSunMap(Ground(), 0, sun, options);
    options.trace_doubtful = false;
    const dem::SunMap sweep = dem::MakeSunMap(Ground(), 0, sun, options);
    std::int64_t points = 0, both_differ = 0, sweep_differ = 0, shaded = 0;
    for (int row = 0; row < kPoints; row += 8) {
      Rays rays;
      for (int axis = 0; axis < 3; ++axis) rays.direction[axis] = {sun[0][axis]};
      for (int col = 0; col < kPoints; ++col) {
        rays.origin[0].push_back(level.x0_m + col * level.spacing_m);
        rays.origin[1].push_back(level.y0_m - row * level.spacing_m);
        rays.origin[2].push_back(static_cast<double>(level.z_m.At(col, row)) + 1e-3 * level.spacing_m);
      }
      const std::vector<std::uint8_t> occluded = Ground().Occluded(rays.Bundle());
      for (int col = 0; col < kPoints; ++col) {
        ++points;
        shaded += occluded[col];
        both_differ += both.lowest_free.At(col, row) != occluded[col];
        sweep_differ += (sweep.lowest_free.At(col, row) & 127) != occluded[col];
      }
    }
    const double percent = 100 / static_cast<double>(points);
    state.counters["differ_percent"] = percent * static_cast<double>(both_differ);
    state.counters["sweep_differ_percent"] = percent * static_cast<double>(sweep_differ);
    state.counters["shaded_percent"] = percent * static_cast<double>(shaded);
  }
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
  const auto suns = [](benchmark::internal::Benchmark* b) {
    for (const int elevation_deg : {5, 30}) {
      for (const int azimuth_deg : {20, 110}) b->Args({elevation_deg, azimuth_deg});
    }
    b->Unit(benchmark::kMillisecond);
  };
  suns(benchmark::RegisterBenchmark("sun_map/rays", SunMapOfGround, SunMapBy::kRays));
  suns(benchmark::RegisterBenchmark("sun_map/sweep", SunMapOfGround, SunMapBy::kSweep));
  suns(benchmark::RegisterBenchmark("sun_map/sweep_and_rays", SunMapOfGround, SunMapBy::kBoth));
  suns(benchmark::RegisterBenchmark("sun_map_agreement", SunMapAgreement)->Iterations(1));
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
