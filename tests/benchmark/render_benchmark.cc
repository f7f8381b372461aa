// A whole image: 1024² pixels, 60° field, over synthetic ground of 4096² points of 5 m. Wall times; the last
// argument is the number of threads. `build/release/tests/render_benchmark`; with `--growth` as its first
// argument, one picture over ground of 1024² to 32768² points instead (5 GB).
#include <benchmark/benchmark.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>

#include "benchmark/ray_worlds.h"
#include "dem/frames/moon.h"
#include "vision/imaging/exposure.h"
#include "vision/render/render.h"
#include "vision/render/sun_maps.h"

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
  bool sun_maps = false;  // made before the clock runs
  bool exposed = false;   // point spread, gain, noise, 8 bits
};

/// Looks at the site from the south.
Eigen::Isometry3d PoseAt(double height_m, double off_nadir_deg) {
  const double tilt = dem::DegToRad(off_nadir_deg);
  Eigen::Isometry3d pose = Eigen::Isometry3d::Identity();
  pose.linear() = (Eigen::AngleAxisd(tilt, Eigen::Vector3d::UnitX()) *
                   Eigen::AngleAxisd(dem::kPi, Eigen::Vector3d::UnitX()))
                      .toRotationMatrix();
  pose.translation() = Eigen::Vector3d(0, -height_m * std::tan(tilt), height_m);
  return pose;
}

dem::Sun SunInTheEast() {
  const double elevation = dem::DegToRad(30);
  dem::Sun sun;
  sun.direction_to_sun_in_site = {std::cos(elevation), 0, std::sin(elevation)};
  return sun;
}

/// Pixels whose share of the Sun differs from that of rays, in percent.
double DifferFromRays_percent(const vision::View& mapped, vision::RenderOptions options) {
  options.sun_maps = nullptr;
  const vision::View rays =
      vision::RenderView(Ground(), mapped.camera, mapped.site_from_cam, mapped.sun, options);
  return 100.0 * cv::countNonZero(mapped.lit_fraction != rays.lit_fraction) /
         static_cast<double>(rays.lit_fraction.total());
}

void RenderImage(benchmark::State& state, const Case& picture) {
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                  static_cast<std::size_t>(state.range(0)));
  cv::setNumThreads(static_cast<int>(state.range(0)));
  const Eigen::Isometry3d pose = PoseAt(picture.height_m, 30);
  const dem::Sun sun = SunInTheEast();
  vision::Camera camera = vision::PinholeCamera(kImage_px, dem::DegToRad(60));
  if (picture.distorted) camera.distortion = {-0.2, 0.05, 1e-3, -5e-4, 0};
  vision::RenderOptions options = picture.options;
  std::optional<vision::SunMaps> maps;
  if (picture.sun_maps) options.sun_maps = &maps.emplace(Ground(), sun, options.sun_samples);
  std::uint64_t stream = 0;
  for (auto _ : state) {
    const vision::View view = vision::RenderView(Ground(), camera, pose, sun, options);
    if (picture.exposed) {
      benchmark::DoNotOptimize(vision::ExposeImage(view.radiance, {}, 1, stream++));
    } else {
      benchmark::DoNotOptimize(view.radiance.data);
    }
  }
  if (picture.sun_maps) {
    state.counters["differ_percent"] =
        DifferFromRays_percent(vision::RenderView(Ground(), camera, pose, sun, options), options);
  }
}

/// The same picture from 1.5 km up over ground of more and more points; the middle of the ground is the same.
void RenderByGround(benchmark::State& state) {
  const tbb::global_control one_thread(tbb::global_control::max_allowed_parallelism, 1);
  const dem::Terrain ground = MirroredTerrain(static_cast<int>(state.range(0)), 5);
  const vision::Camera camera = vision::PinholeCamera(kImage_px, dem::DegToRad(60));
  vision::RenderOptions penumbra;
  penumbra.sun_samples = 8;
  for (auto _ : state) {
    benchmark::DoNotOptimize(vision::RenderView(ground, camera, PoseAt(1500, 20), SunInTheEast(), penumbra));
  }
}

void RegisterGrowth() {
  benchmark::RegisterBenchmark("penumbra_by_ground", RenderByGround)
      ->RangeMultiplier(2)
      ->Range(1024, 32768)
      ->UseRealTime()
      ->Unit(benchmark::kMillisecond);
}

void Register() {
  Ground();  // built before the clock runs
  vision::RenderOptions rays, hard, penumbra, hapke, anti_alias;
  anti_alias.anti_alias = true;
  rays.cast_shadows = false;
  penumbra.sun_samples = 8;
  hapke.reflectance = vision::Reflectance::kHapke;
  vision::RenderOptions secondary = hard;
  secondary.secondary_light.emplace();
  for (const Case& picture :
       {Case{"rays_and_shading", rays}, Case{"distorted_lens", rays, true}, Case{"hard_shadows", hard},
        Case{"hard_shadows/sun_maps", hard, false, 5000, true}, Case{"penumbra", penumbra},
        Case{"penumbra/sun_maps", penumbra, false, 5000, true}, Case{"hapke", hapke},
        Case{"secondary_light", secondary}, Case{"whole_image", penumbra, false, 5000, false, true},
        Case{"whole_image/sun_maps", penumbra, false, 5000, true, true},
        // Pixels finer than the ground, and of 1.5 cells and more.
        Case{"anti_alias/fine_pixels", anti_alias, false, 500}, Case{"fine_pixels", hard, false, 500},
        Case{"anti_alias/coarse_pixels", anti_alias, false, 7000},
        Case{"anti_alias/coarse_pixels/sun_maps", anti_alias, false, 7000, true},
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
  // Of 32768² points, 5 GB: only when asked for.
  if (argc > 1 && std::string_view(argv[1]) == "--growth") {
    perilune::benchmarks::RegisterGrowth();
    std::rotate(argv + 1, argv + 2, argv + argc);
    --argc;
  } else {
    perilune::benchmarks::Register();
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
}
