// What a tracked fix costs: the expected view, its landmarks in the image, the pose. Run pinned to one core:
// `taskset -c 0 build/release/tests/fix_benchmark`. OpenCV's own matching of the same patches stands beside
// ours.
#include <benchmark/benchmark.h>
#include <tbb/global_control.h>

#include <opencv2/imgproc.hpp>
#include <opencv2/video/tracking.hpp>

#include "nav/fix/fix_from_image.h"
#include "tests/support/random_hills.h"
#include "vision/matching/normalised_correlation.h"

namespace perilune::nav {
namespace {

constexpr double kMapPixel_m = 40;

// A picture of 1024 px from 22 km over hills on 40 m cells, its pixels 25 m, under another law of reflection
// than the map is rendered; a prior as between two images of a descent.
struct Scene {
  dem::Terrain ground = test::RandomHills(5);
  vision::Camera camera = vision::PinholeCamera(1024, dem::DegToRad(60));
  dem::Sun sun = test::SunFrom(20, 110);
  PosePrior prior;
  MapDeclaration map;
  cv::Mat pixels;     // CV_8U
  vision::View view;  // expected from the prior
  cv::Mat grey;       // CV_32F

  Scene() {
    Eigen::Isometry3d truth = Eigen::Isometry3d::Identity();
    truth.linear() = Eigen::Vector3d(1, -1, -1).asDiagonal();
    truth.translation() = Eigen::Vector3d(400, -700, 22'000);
    vision::RenderOptions options;
    options.reflectance = vision::Reflectance::kHapke;
    const vision::View seen = vision::RenderView(ground, camera, truth, sun, options);
    double brightest = 0;
    cv::minMaxLoc(seen.radiance, nullptr, &brightest);
    seen.radiance.convertTo(pixels, CV_8U, 250 / brightest);
    pixels.convertTo(grey, CV_32F, 1.0 / 255);
    prior.site_from_cam = truth;
    prior.site_from_cam.translation() += Eigen::Vector3d(7, -5, 4);
    dem::Vector6d sigma;
    sigma << Eigen::Vector3d::Constant(dem::DegToRad(0.01)), 10, 10, 10;
    prior.covariance = sigma.cwiseAbs2().asDiagonal();
    map.map_pixel_m = kMapPixel_m;
    view = vision::RenderView(ground, camera, prior.site_from_cam, sun, {});
  }
};

const Scene& TheScene() {
  static const Scene scene;
  return scene;
}

// Patches across and down.
FixOptions OptionsFor(std::int64_t across) {
  FixOptions options;
  options.match.patches_across = static_cast<int>(across);
  return options;
}

void WholeFix(benchmark::State& state) {
  const Scene& s = TheScene();
  const FixOptions options = OptionsFor(state.range(0));
  Fix fix;
  for (auto _ : state) fix = FixFromImage(s.pixels, s.camera, s.ground, s.sun, s.prior, s.map, options);
  state.counters["inliers"] = fix.inliers;
  state.counters["accepted"] = fix.status == FixStatus::kAccepted ? 1 : 0;
}
BENCHMARK(WholeFix)->Arg(10)->Arg(14)->Unit(benchmark::kMillisecond);

void ExpectedView(benchmark::State& state) {
  const Scene& s = TheScene();
  for (auto _ : state)
    benchmark::DoNotOptimize(vision::RenderView(s.ground, s.camera, s.prior.site_from_cam, s.sun, {}));
}
BENCHMARK(ExpectedView)->Unit(benchmark::kMillisecond);

vision::MatchOptions Aligned(std::int64_t across) {
  vision::MatchOptions match;
  match.patches_across = static_cast<int>(across);
  match.patch_size_px = 64;
  match.search_radius_px = 5;
  match.aligned = true;
  return match;
}

// Both pictures as whitened contrast, then the patches; with one patch what the pictures alone cost.
void MatchedPatches(benchmark::State& state) {
  const Scene& s = TheScene();
  const vision::MatchOptions match = Aligned(state.range(0));
  std::size_t found = 0;
  for (auto _ : state) found = vision::MatchMap(s.grey, s.view, match).matches.size();
  state.counters["found"] = static_cast<double>(found);
}
BENCHMARK(MatchedPatches)->Arg(1)->Arg(10)->Arg(14)->Unit(benchmark::kMillisecond);

void Pose(benchmark::State& state) {
  const Scene& s = TheScene();
  const vision::MapMatches found = vision::MatchMap(s.grey, s.view, Aligned(10));
  EstimateFixOptions options;
  options.holdout = false;
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        EstimateFix(found.matches, found.attempted, s.camera, s.prior, s.map, s.sun, 25, options));
  }
}
BENCHMARK(Pose)->Unit(benchmark::kMillisecond);

// A grid of 100 patches of 64 px.
cv::Rect PatchOf(int i) { return {8 + (i % 10) * 104, 8 + (i / 10) * 104, 64, 64}; }

void RefinedPatches(benchmark::State& state) {
  const Scene& s = TheScene();
  const cv::Mat weight = cv::Mat::ones(64, 64, CV_32F);
  int converged = 0;
  for (auto _ : state) {
    converged = 0;
    for (int i = 0; i < 100; ++i) {
      const vision::RefinementResult result =
          vision::RefinePatch(s.grey, s.view.radiance, PatchOf(i), weight, {0.5, 0.3}, {});
      converged += result.status == vision::RefinementStatus::kConverged ? 1 : 0;
    }
  }
  state.counters["converged"] = converged;
}
BENCHMARK(RefinedPatches)->Unit(benchmark::kMillisecond);

// The public tool: enhanced correlation coefficient, translation alone, to the same step; no covariance.
void EccPatches(benchmark::State& state) {
  const Scene& s = TheScene();
  int converged = 0;
  for (auto _ : state) {
    converged = 0;
    for (int i = 0; i < 100; ++i) {
      const cv::Rect patch = PatchOf(i);
      const cv::Rect around = cv::Rect(patch.x - 4, patch.y - 4, 72, 72);
      cv::Mat shift = (cv::Mat_<float>(2, 3) << 1, 0, 4.5, 0, 1, 4.3);
      try {
        cv::findTransformECC(s.view.radiance(patch), s.grey(around), shift, cv::MOTION_TRANSLATION,
                             {cv::TermCriteria::COUNT | cv::TermCriteria::EPS, 15, 1e-6}, cv::noArray(), 1);
        ++converged;
      } catch (const cv::Exception&) {
        // no correlation
      }
    }
  }
  state.counters["converged"] = converged;
}
BENCHMARK(EccPatches)->Unit(benchmark::kMillisecond);

// 100 patches of 64 px, sought so many pixels around their places.
template <typename Correlate>
void ForWindows(benchmark::State& state, const Correlate& correlate) {
  const Scene& s = TheScene();
  const auto radius = static_cast<int>(state.range(0));
  for (auto _ : state) {
    for (int i = 0; i < 100; ++i) {
      const cv::Rect patch = PatchOf(i);
      const cv::Rect around = patch - cv::Point(radius, radius) + cv::Size(2 * radius, 2 * radius);
      const cv::Mat scores = correlate(s.grey(around & cv::Rect(0, 0, 1024, 1024)), s.view.radiance(patch));
      benchmark::DoNotOptimize(scores.data);
    }
  }
}

void Correlation(benchmark::State& state) {
  ForWindows(state, [](const cv::Mat& window, const cv::Mat& pattern) {
    return vision::NormalisedCorrelation(window, pattern, dem::ChosenSimdLevel());
  });
}
BENCHMARK(Correlation)->Arg(4)->Arg(6)->Arg(8)->Unit(benchmark::kMillisecond);

void MatchTemplate(benchmark::State& state) {
  ForWindows(state, [](const cv::Mat& window, const cv::Mat& pattern) {
    cv::Mat scores;
    cv::matchTemplate(window, pattern, scores, cv::TM_CCOEFF_NORMED);
    return scores;
  });
}
BENCHMARK(MatchTemplate)->Arg(4)->Arg(6)->Arg(8)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace perilune::nav

int main(int argc, char** argv) {
  const tbb::global_control one_core(tbb::global_control::max_allowed_parallelism, 1);
  cv::setNumThreads(1);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
