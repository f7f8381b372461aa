// A whole image: 1024² pixels, 60° field, over synthetic ground of 4096² points of 5 m. Wall times; the last
// argument is the number of threads. `build/release/tests/render_benchmark`
#include <benchmark/benchmark.h>
#include <tbb/global_control.h>

#include <cmath>

#include "benchmark/ray_worlds.h"
#include "dem/frames/moon.h"
#include "vision/render/render.h"

namespace perilune::benchmarks {
namespace {

const dem::Terrain& Ground() {
  static const dem::Terrain terrain = SyntheticTerrain(4096, 5);
  return terrain;
}

struct Case {
  const char* name;
  vision::RenderOptions options;
  bool distorted = false;
  double height_m = 5000;
};

void RenderImage(benchmark::State& state, const Case& picture) {
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                  static_cast<std::size_t>(state.range(0)));
  const double tilt = dem::DegToRad(30), height_m = picture.height_m, elevation = dem::DegToRad(30);
  Eigen::Isometry3d pose = Eigen::Isometry3d::Identity();
  pose.linear() = (Eigen::AngleAxisd(tilt, Eigen::Vector3d::UnitX()) *
                   Eigen::AngleAxisd(dem::kPi, Eigen::Vector3d::UnitX()))
                      .toRotationMatrix();
  pose.translation() = Eigen::Vector3d(0, -height_m * std::tan(tilt), height_m);
  dem::Sun sun;
  sun.direction_to_sun_in_site = {std::cos(elevation), 0, std::sin(elevation)};
  vision::Camera camera = vision::PinholeCamera(kImage_px, dem::DegToRad(60));
  if (picture.distorted) camera.distortion = {-0.2, 0.05, 1e-3, -5e-4, 0};
  for (auto _ : state) {
    benchmark::DoNotOptimize(vision::RenderView(Ground(), camera, pose, sun, picture.options));
  }
}

void Register() {
  Ground();  // built before the clock runs
  vision::RenderOptions rays, hard, penumbra, hapke, anti_alias;
  anti_alias.anti_alias = true;
  rays.cast_shadows = false;
  penumbra.sun_samples = 8;
  hapke.reflectance = vision::Reflectance::kHapke;
  for (const Case& picture :
       {Case{"rays_and_shading", rays}, Case{"distorted_lens", rays, true}, Case{"hard_shadows", hard},
        Case{"penumbra", penumbra}, Case{"hapke", hapke},
        // Pixels finer than the ground, and of 1.5 cells and more.
        Case{"anti_alias/fine_pixels", anti_alias, false, 500}, Case{"fine_pixels", hard, false, 500},
        Case{"anti_alias/coarse_pixels", anti_alias, false, 7000},
        Case{"coarse_pixels", hard, false, 7000}}) {
    benchmark::RegisterBenchmark(picture.name,
                                 [picture](benchmark::State& state) { RenderImage(state, picture); })
        ->Arg(1)
        ->Arg(2)
        ->UseRealTime()
        ->Unit(benchmark::kMillisecond);
  }
}

}  // namespace
}  // namespace perilune::benchmarks

int main(int argc, char** argv) {
  perilune::benchmarks::Register();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
}
