// What hazard maps cost, beside public tools doing simpler work in the same run. Pinned to one core:
// `taskset -c 0 build/release/tests/hazard_benchmark`.
#include <benchmark/benchmark.h>
#include <tbb/global_control.h>

#include <opencv2/imgproc.hpp>

#include "dem/hazard/footprint_test.h"
#include "tests/dem/hazard/footprint_worlds.h"

namespace perilune::dem {
namespace {

constexpr int kSide = 1000;
constexpr double kStep_m = 0.1;

const Grid<float>& Ground() {
  static const Grid<float> ground = worlds::RockyGround(kSide, kSide, kStep_m, 1, -2500);
  return ground;
}

// The 3.4 m test lander: yaws; 0: the verdict alone, 1: with the clearance.
void Footprint(benchmark::State& state) {
  const tbb::global_control one(tbb::global_control::max_allowed_parallelism, 1);
  const FootprintTestOptions options{static_cast<int>(state.range(0)), PadPlanes::kStable,
                                     state.range(1) != 0};
  FootprintTests tests;
  for (auto _ : state) {
    tests = TestFootprints(Ground(), worlds::SquareCells(kStep_m), Lander(), options);
    benchmark::DoNotOptimize(tests.verdict.data.data());
  }
  std::int64_t unsafe = 0;
  for (const auto verdict : tests.verdict.data)
    unsafe += (verdict & (kFootprintTilt | kFootprintClearance)) != 0;
  state.counters["unsafe"] = static_cast<double>(unsafe);
  state.SetItemsProcessed(state.iterations() * kSide * kSide);
}
BENCHMARK(Footprint)
    ->ArgsProduct({{1, 9, 18}, {0, 1}})
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime();

// The same test by cell, plane and ground in double precision: 40 × 40 cells from the middle.
void FootprintBruteForce(benchmark::State& state) {
  constexpr int kPart = 40;
  for (auto _ : state) {
    double sum = 0;
    for (int row = 0; row < kPart; ++row) {
      for (int col = 0; col < kPart; ++col) {
        sum += worlds::BruteForceAt(Ground(), {kStep_m, kStep_m}, Lander(), {}, 480 + col, 480 + row)
                   .clearance_m;
      }
    }
    benchmark::DoNotOptimize(sum);
  }
  state.SetItemsProcessed(state.iterations() * kPart * kPart);
}
BENCHMARK(FootprintBruteForce)->Unit(benchmark::kMillisecond);

// OpenCV: one morphological dilation by the body's disc (highest ground under the belly, no pads, no planes).
void OpenCvDilate(benchmark::State& state) {
  const cv::Mat heights(kSide, kSide, CV_32F, const_cast<float*>(Ground().data.data()));
  const cv::Mat disc = cv::getStructuringElement(cv::MORPH_ELLIPSE, {35, 35});
  cv::setNumThreads(1);
  cv::Mat highest;
  for (auto _ : state) {
    cv::dilate(heights, highest, disc);
    benchmark::DoNotOptimize(highest.data);
  }
  state.SetItemsProcessed(state.iterations() * kSide * kSide);
}
BENCHMARK(OpenCvDilate)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace perilune::dem

BENCHMARK_MAIN();
