// What a picture costs apart from its rays: unprojection, reflectance, the detector. Run pinned to one core:
// `taskset -c 0 build/release/tests/imaging_benchmark`.
#include <benchmark/benchmark.h>
#include <tbb/global_control.h>

#include <cmath>
#include <opencv2/core.hpp>
#include <vector>

#include "dem/frames/moon.h"
#include "dem/synthesis/random.h"
#include "vision/camera/camera.h"
#include "vision/imaging/exposure.h"
#include "vision/render/reflectance.h"

namespace perilune::vision {
namespace {

constexpr int kSize_px = 1024;

Camera CameraOf(std::int64_t kind) {
  Camera camera = kind == 2 ? FisheyeCamera(kSize_px, 1.8) : PinholeCamera(kSize_px, 1.05);
  if (kind == 1) camera.distortion = {-0.1, 0.02, 1e-4, -1e-4, 0.001};
  if (kind == 2) camera.distortion = {0.02, -0.01, 0.003, -0.0005, 0};
  return camera;
}

// 0: pinhole, 1: Brown-Conrady, 2: fisheye.
void Unproject(benchmark::State& state) {
  const Camera camera = CameraOf(state.range(0));
  for (auto _ : state) {
    double sum = 0;
    for (int row = 0; row < kSize_px; ++row) {
      for (int col = 0; col < kSize_px; ++col) sum += camera.Unproject(Eigen::Vector2d(col, row)).z();
    }
    benchmark::DoNotOptimize(sum);
  }
  state.SetItemsProcessed(state.iterations() * kSize_px * kSize_px);
}
BENCHMARK(Unproject)->DenseRange(0, 2)->Unit(benchmark::kMillisecond);

void UnprojectRow(benchmark::State& state) {
  const Camera camera = CameraOf(state.range(0));
  std::vector<Eigen::Vector3d> rays(kSize_px);
  for (auto _ : state) {
    double sum = 0;
    for (int row = 0; row < kSize_px; ++row) {
      camera.UnprojectRow(row, rays);
      for (const Eigen::Vector3d& ray : rays) sum += ray.z();
    }
    benchmark::DoNotOptimize(sum);
  }
  state.SetItemsProcessed(state.iterations() * kSize_px * kSize_px);
}
BENCHMARK(UnprojectRow)->DenseRange(0, 2)->Unit(benchmark::kMillisecond);

void ReflectanceLaw(benchmark::State& state) {
  const auto law = static_cast<Reflectance>(state.range(0));
  std::vector<Photometry> geometries;
  for (std::uint64_t i = 0; i < 100000; ++i) {
    geometries.push_back({dem::RandomUniform(1, 0, i), dem::RandomUniform(1, 1, i),
                          dem::DegToRad(120) * dem::RandomUniform(1, 2, i)});
  }
  for (auto _ : state) {
    double sum = 0;
    for (const Photometry& geometry : geometries) sum += RadianceFactor(law, geometry, 0.12);
    benchmark::DoNotOptimize(sum);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(geometries.size()));
}
BENCHMARK(ReflectanceLaw)->DenseRange(0, 4)->Unit(benchmark::kMillisecond);

cv::Mat Gradient() {
  cv::Mat radiance(kSize_px, kSize_px, CV_32F);
  for (int row = 0; row < kSize_px; ++row) {
    for (int col = 0; col < kSize_px; ++col) {
      radiance.at<float>(row, col) = 0.02F + 1e-4F * static_cast<float>((row * 31 + col * 17) % 1000);
    }
  }
  return radiance;
}

// What a simulated image costs by default: automatic gain, blur, shot and read noise, 8 bits.
void ExposeDefault(benchmark::State& state) {
  const tbb::global_control one_thread(tbb::global_control::max_allowed_parallelism, 1);
  cv::setNumThreads(1);
  const cv::Mat radiance = Gradient();
  std::uint64_t stream = 0;
  for (auto _ : state) benchmark::DoNotOptimize(ExposeImage(radiance, {}, 1, stream++));
}
BENCHMARK(ExposeDefault)->Unit(benchmark::kMillisecond);

// Blur, noise and rounding alone: the gain is given.
void ExposeFixedGain(benchmark::State& state) {
  const tbb::global_control one_thread(tbb::global_control::max_allowed_parallelism, 1);
  cv::setNumThreads(1);
  const cv::Mat radiance = Gradient();
  ImagingOptions options;
  options.exposure_gain = 5;
  std::uint64_t stream = 0;
  for (auto _ : state) benchmark::DoNotOptimize(ExposeImage(radiance, options, 1, stream++));
}
BENCHMARK(ExposeFixedGain)->Unit(benchmark::kMillisecond);

// One effect on top of the default; 0: none, 1: vignetting, 2: dust, 3: stray light with ghost and glow, 4:
// plume, 5: PRNU, 6: dark current and offsets, 7: hot pixels, 8: all.
void ExposeEffect(benchmark::State& state) {
  const tbb::global_control one_thread(tbb::global_control::max_allowed_parallelism, 1);
  cv::setNumThreads(1);
  const cv::Mat radiance = Gradient();
  const std::int64_t effect = state.range(0);
  const auto on = [effect](std::int64_t which) { return effect == which || effect == 8; };
  ImagingOptions options;
  if (on(1)) options.vignetting.cos_power = 4;
  if (on(2)) options.lens_dust.count = 20;
  if (on(3)) options.stray_light = {0.02, 0.1, 0.01, 8};
  if (on(4)) options.plume.start_height_m = 40;
  if (on(5)) options.detector.prnu = 0.01;
  if (on(6)) {
    options.detector.dark_current_eps = 100;
    options.detector.dsnu_e = options.detector.row_offset_e = options.detector.column_offset_e = 3;
  }
  if (on(7)) options.detector.hot_pixel_share = 1e-4;
  ImagingScene scene;
  scene.camera = CameraOf(0);
  scene.height_m = 10;
  scene.direction_to_sun_in_cam = Eigen::Vector3d(0.8, 0, 0.6);
  std::uint64_t stream = 0;
  for (auto _ : state) benchmark::DoNotOptimize(ExposeImage(radiance, options, 1, stream++, scene));
}
BENCHMARK(ExposeEffect)->DenseRange(0, 8)->Unit(benchmark::kMillisecond);

void MeterGain(benchmark::State& state) {
  const cv::Mat radiance = Gradient();
  for (auto _ : state) benchmark::DoNotOptimize(AutomaticGain(radiance, 0.7));
}
BENCHMARK(MeterGain)->Unit(benchmark::kMillisecond);

void NormalsOneByOne(benchmark::State& state) {
  for (auto _ : state) {
    double sum = 0;
    for (std::uint64_t i = 0; i < kSize_px * kSize_px; ++i) sum += dem::RandomNormal(1, 2, i);
    benchmark::DoNotOptimize(sum);
  }
  state.SetItemsProcessed(state.iterations() * kSize_px * kSize_px);
}
BENCHMARK(NormalsOneByOne)->Unit(benchmark::kMillisecond);

void NormalsInBulk(benchmark::State& state) {
  std::vector<double> normals(kSize_px);
  for (auto _ : state) {
    double sum = 0;
    for (std::uint64_t row = 0; row < kSize_px; ++row) {
      dem::RandomNormals(1, 2, row * kSize_px, normals);
      for (const double normal : normals) sum += normal;
    }
    benchmark::DoNotOptimize(sum);
  }
  state.SetItemsProcessed(state.iterations() * kSize_px * kSize_px);
}
BENCHMARK(NormalsInBulk)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace perilune::vision

BENCHMARK_MAIN();
