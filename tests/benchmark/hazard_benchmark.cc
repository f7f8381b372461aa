// What hazard maps cost, beside public tools doing simpler work in the same run. Pinned to one core:
// `taskset -c 0 build/release/tests/hazard_benchmark`.
#include <benchmark/benchmark.h>
#include <gdal_priv.h>
#include <gdal_utils.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "dem/hazard/footprint_probability.h"
#include "dem/hazard/footprint_test.h"
#include "dem/hazard/hazard_map.h"
#include "dem/hazard/plane_tile.h"
#include "tests/dem/hazard/analytic_worlds.h"
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
void FootprintTest(benchmark::State& state) {
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
BENCHMARK(FootprintTest)
    ->ArgsProduct({{1, 9, 18}, {0, 1}})
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime();

// Its probability under 2 cm of noise, 8 draws of the ground: to be multiplied.
void FootprintProbability(benchmark::State& state) {
  GroundDoubt doubt;
  doubt.height_sigma_m = 0.02;
  doubt.draws = 8;
  Grid<float> probability(kSide, kSide);
  for (auto _ : state) {
    for (int row = 0; row < kSide; row += kFootprintTile) {
      for (int col = 0; col < kSide; col += kFootprintTile) {
        const FootprintTile tile{col, row, std::min(kFootprintTile, kSide - col),
                                 std::min(kFootprintTile, kSide - row)};
        FootprintProbabilityOfTile(Ground(), tile, worlds::SquareCells(kStep_m), Lander(), {}, doubt, 1,
                                   {col, row}, probability);
      }
    }
    benchmark::DoNotOptimize(probability.data.data());
  }
  state.SetItemsProcessed(state.iterations() * kSide * kSide * doubt.draws);
}
BENCHMARK(FootprintProbability)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();

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

// Rolling, rocky ground of 0.5 m cells from a wave that repeats: 2048 × 2048.
const Grid<float>& WideGround() {
  constexpr int kWide = 2048;
  static const Grid<float> ground = [] {
    Grid<float> wide(kWide, kWide);
    for (int row = 0; row < kWide; ++row) {
      for (int col = 0; col < kWide; ++col) {
        wide.At(col, row) = Ground().At(col % kSide, row % kSide) +
                            static_cast<float>(40 * std::sin(col / 150.0) * std::cos(row / 190.0));
      }
    }
    return wide;
  }();
  return ground;
}

// Slope, RMS, exact largest deviation and relief over a circle that many cells across.
void PlaneFits(benchmark::State& state) {
  const Grid<float>& ground = WideGround();
  const Footprint footprint = MakeDisc(Eigen::Matrix2d::Identity(), static_cast<double>(state.range(0) - 1));
  for (auto _ : state) {
    for (int row = 0; row < ground.height; row += kPlaneTileRows) {
      for (int col = 0; col < ground.width; col += kPlaneTileCols) {
        const PlaneTile tile{col, row, std::min(kPlaneTileCols, ground.width - col),
                             std::min(kPlaneTileRows, ground.height - row)};
        benchmark::DoNotOptimize(FitPlaneTile(ground, tile, footprint).rms_m.data());
      }
    }
  }
  state.SetItemsProcessed(state.iterations() * ground.width * ground.height);
}
BENCHMARK(PlaneFits)->Arg(5)->Arg(11)->Arg(21)->Arg(41)->Unit(benchmark::kMillisecond);

// All bands of a hazard map without a Sun, class and probability included, by a footprint that many cells
// across.
void HazardMapOfGround(benchmark::State& state) {
  const tbb::global_control threads(tbb::global_control::max_allowed_parallelism,
                                    static_cast<std::size_t>(state.range(1)));
  Raster<float> dem = worlds::GroundWorld(20, 3, 0.5, [](double, double) { return 0.0; });
  dem.grid = WideGround();
  HazardOptions options;
  options.footprint_m = 0.5 * static_cast<double>(state.range(0) - 1);
  for (auto _ : state) benchmark::DoNotOptimize(MapHazards(dem, options).hazard_class.grid.data.data());
  state.SetItemsProcessed(state.iterations() * dem.grid.width * dem.grid.height);
}
BENCHMARK(HazardMapOfGround)->ArgsProduct({{5, 21}, {1, 2}})->Unit(benchmark::kMillisecond)->UseRealTime();

// gdaldem's work by its library, from memory to memory; 0 slope (Horn, 3 × 3), 1 roughness, 2 TRI.
void GdalDem(benchmark::State& state) {
  GDALAllRegister();
  const Grid<float>& ground = WideGround();
  const char* const names[] = {"slope", "roughness", "TRI"};
  GDALDriver* const memory = GetGDALDriverManager()->GetDriverByName("MEM");
  const GDALDatasetUniquePtr dem(memory->Create("", ground.width, ground.height, 1, GDT_Float32, nullptr));
  double transform[6] = {0, 0.5, 0, 0, 0, -0.5};
  dem->SetGeoTransform(transform);
  const CPLErr written = dem->GetRasterBand(1)->RasterIO(GF_Write, 0, 0, ground.width, ground.height,
                                                         const_cast<float*>(ground.data.data()), ground.width,
                                                         ground.height, GDT_Float32, 0, 0, nullptr);
  if (written != CE_None) state.SkipWithError("the DEM cannot be written to memory");
  char mem[] = "MEM", of[] = "-of";
  char* arguments[] = {of, mem, nullptr};
  GDALDEMProcessingOptions* const options = GDALDEMProcessingOptionsNew(arguments, nullptr);
  for (auto _ : state) {
    GDALClose(GDALDEMProcessing("", dem.get(), names[state.range(0)], nullptr, options, nullptr));
  }
  GDALDEMProcessingOptionsFree(options);
  state.SetItemsProcessed(state.iterations() * ground.width * ground.height);
}
BENCHMARK(GdalDem)->DenseRange(0, 2)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace perilune::dem

BENCHMARK_MAIN();
