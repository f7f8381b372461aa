// What the estimator costs: an inertial sample, a picture in a full window, and the same window as a plain
// Ceres problem built anew. Run pinned to one core: `taskset -c 0 build/release/tests/estimation_benchmark`.
#include <benchmark/benchmark.h>
#include <ceres/ceres.h>

#include <memory>
#include <utility>
#include <vector>

#include "dem/frames/pose.h"
#include "nav/estimation/preintegration.h"
#include "nav/estimation/smoother.h"
#include "tests/nav/estimation/descent_world.h"
#include "vision/pose/pose_block.h"
#include "vision/pose/pose_manifold.h"
#include "vision/pose/reprojection.h"

namespace perilune::nav {
namespace {

constexpr int kLandmarks = 100, kKeyframes = 20, kPictures = 60;

const test::DescentWorld& World() {
  static const test::DescentWorld world = [] {
    test::DescentSetup setup;
    setup.start_s = 40;
    setup.duration_s = kPictures + 1;
    setup.landmarks = kLandmarks;
    return test::DescentWorld(1, setup);
  }();
  return world;
}

void PropagateSample(benchmark::State& state) {
  State moved = World().prior();
  const Imu imu = World().imu().front();
  for (auto _ : state) {
    moved = PropagateImu(moved, imu, 1e-7, World().setup().imu_noise, World().site());
    benchmark::DoNotOptimize(moved);
  }
}
BENCHMARK(PropagateSample)->Unit(benchmark::kMicrosecond);

void PreintegrateSample(benchmark::State& state) {
  ImuPreintegration sum(Eigen::Vector3d::Zero(), Eigen::Vector3d::Zero());
  const Imu imu = World().imu().front();
  for (auto _ : state) {
    sum.Add(imu, 1e-7, World().setup().imu_noise);
    benchmark::DoNotOptimize(sum);
  }
}
BENCHMARK(PreintegrateSample)->Unit(benchmark::kMicrosecond);

/// A smoother whose window is full.
std::unique_ptr<Smoother> Full(std::size_t pictures) {
  SmootherOptions options = World().Options();
  options.keyframes = kKeyframes;
  auto smoother = std::make_unique<Smoother>(options, World().site(), World().prior());
  smoother->AddImu(World().imu());
  for (std::size_t i = 0; i < pictures; ++i) {
    smoother->AddLandmarks(World().pictures()[i], World().camera(), World().body_from_cam());
  }
  return smoother;
}

/// One more picture: gate, keyframe, solution, marginalisation, covariance.
void SmootherPicture(benchmark::State& state) {
  std::size_t next = kKeyframes + 2;
  std::unique_ptr<Smoother> smoother = Full(next);
  double iterations = 0;
  for (auto _ : state) {
    if (next == World().pictures().size()) {
      state.PauseTiming();
      next = kKeyframes + 2;
      smoother = Full(next);
      state.ResumeTiming();
    }
    smoother->AddLandmarks(World().pictures()[next++], World().camera(), World().body_from_cam());
    iterations += smoother->last_solve().iterations;
  }
  state.counters["solver_iterations"] = iterations / static_cast<double>(state.iterations());
  state.counters["keyframes"] = static_cast<double>(smoother->window().keyframes().size());
}
BENCHMARK(SmootherPicture)->Unit(benchmark::kMillisecond);

// The yardstick: one residual block a landmark, Ceres' own ordering and marginals, nothing kept.

class PlainLandmark : public ceres::SizedCostFunction<2, 7, 3> {
 public:
  explicit PlainLandmark(const vision::Match& match) : match_(match) {}
  bool Evaluate(double const* const* parameters, double* residuals, double** jacobians) const override {
    Eigen::Isometry3d place = vision::FromBlock(parameters[0]);
    const Eigen::Matrix3d rotation = place.linear();
    place.translation() += Eigen::Map<const Eigen::Vector3d>(parameters[1]);
    const auto r = vision::Reproject(match_, World().camera(), place * World().body_from_cam());
    if (!r) return false;
    const double weight = 1 / test::DescentWorld::kPixel_px;
    Eigen::Map<Eigen::Vector2d>(residuals, 2) = weight * r->residual_px;
    if (jacobians == nullptr) return true;
    dem::Matrix6d cam_by_body = dem::Matrix6d::Zero();
    cam_by_body.topLeftCorner<3, 3>() = World().body_from_cam().linear().transpose();
    cam_by_body.bottomLeftCorner<3, 3>() = -rotation * dem::Skew(World().body_from_cam().translation());
    cam_by_body.bottomRightCorner<3, 3>().setIdentity();
    if (jacobians[0] != nullptr) {
      Eigen::Map<Eigen::Matrix<double, 2, 7, Eigen::RowMajor>>(jacobians[0], 2, 7) =
          -weight * r->by_pose * cam_by_body * vision::TangentFromAmbient(parameters[0]);
    }
    if (jacobians[1] != nullptr) {
      Eigen::Map<Eigen::Matrix<double, 2, 3, Eigen::RowMajor>>(jacobians[1], 2, 3) =
          -weight * r->by_pose.rightCols<3>();
    }
    return true;
  }

 private:
  const vision::Match& match_;
};

/// Pose, velocity and biases of both ends.
class PlainImu : public ceres::SizedCostFunction<15, 7, 9, 7, 9> {
 public:
  explicit PlainImu(const ImuFactor& factor) : factor_(factor) {}
  static Keyframe FromBlocks(const double* pose, const double* rest) {
    Keyframe keyframe;
    keyframe.motion.site_from_body = vision::FromBlock(pose);
    keyframe.motion.velocity_of_body_in_site_mps = Eigen::Map<const Eigen::Vector3d>(rest);
    keyframe.motion.gyro_bias_radps = Eigen::Map<const Eigen::Vector3d>(rest + 3);
    keyframe.motion.accel_bias_mps2 = Eigen::Map<const Eigen::Vector3d>(rest + 6);
    return keyframe;
  }
  bool Evaluate(double const* const* parameters, double* residuals, double** jacobians) const override {
    const Keyframe first = FromBlocks(parameters[0], parameters[1]),
                   second = FromBlocks(parameters[2], parameters[3]);
    const SharedStates shared;
    const FactorEnds ends{&first, &second, &shared};
    const FactorRows rows = factor_.Evaluate(ends, ends);
    Eigen::Map<Eigen::VectorXd>(residuals, 15) = rows.residual;
    if (jacobians == nullptr) return true;
    for (int end = 0; end < 2; ++end) {
      const auto& by = end == 0 ? rows.by_first : rows.by_second;
      if (jacobians[2 * end] != nullptr) {
        const Eigen::Matrix<double, 15, 6> by_pose = by.leftCols<6>();
        Eigen::Map<Eigen::Matrix<double, 15, 7, Eigen::RowMajor>>(jacobians[2 * end], 15, 7) =
            by_pose * vision::TangentFromAmbient(parameters[2 * end]);
      }
      if (jacobians[2 * end + 1] != nullptr) {
        Eigen::Map<Eigen::Matrix<double, 15, 9, Eigen::RowMajor>>(jacobians[2 * end + 1], 15, 9) =
            by.middleCols<9>(6);
      }
    }
    return true;
  }

 private:
  const ImuFactor& factor_;
};

/// |x − x0| / σ of a block of plain numbers.
template <int size>
class PlainPrior : public ceres::SizedCostFunction<size, size> {
 public:
  PlainPrior(const double* at, double sigma) : at_(Eigen::Map<const Vector>(at)), sigma_(sigma) {}
  bool Evaluate(double const* const* parameters, double* residuals, double** jacobians) const override {
    Eigen::Map<Vector>(residuals, size) = (Eigen::Map<const Vector>(parameters[0]) - at_) / sigma_;
    if (jacobians != nullptr && jacobians[0] != nullptr) {
      Eigen::Map<Eigen::Matrix<double, size, size, Eigen::RowMajor>>(jacobians[0], size, size) =
          Eigen::Matrix<double, size, size, Eigen::RowMajor>::Identity() / sigma_;
    }
    return true;
  }

 private:
  using Vector = Eigen::Matrix<double, size, 1>;
  Vector at_;
  double sigma_;
};

/// The window's keyframes, inertial factors and landmarks (without map error and ranges: less than the
/// smoother solves), started from its solution.
void PlainCeres(benchmark::State& state) {
  const std::size_t pictures = kKeyframes + 2;
  const std::unique_ptr<Smoother> smoother = Full(pictures);
  const Window& window = smoother->window();
  std::vector<const ImuFactor*> imu(window.keyframes().size(), nullptr);
  for (const WindowEntry& entry : window.entries()) {
    const auto* factor = dynamic_cast<const ImuFactor*>(entry.factor.get());
    if (factor != nullptr) imu[static_cast<std::size_t>(entry.first)] = factor;
  }
  const bool schur = state.range(0) == 1;
  for (auto _ : state) {
    std::vector<vision::PoseBlock> poses;
    std::vector<Eigen::Matrix<double, 9, 1>> rests;
    for (const Keyframe& keyframe : window.keyframes()) {
      poses.push_back(vision::ToBlock(keyframe.motion.site_from_body));
      rests.emplace_back();
      rests.back() << keyframe.motion.velocity_of_body_in_site_mps, keyframe.motion.gyro_bias_radps,
          keyframe.motion.accel_bias_mps2;
    }
    Eigen::Vector3d tie = window.shared().map_tie_m;
    ceres::Problem problem;
    ceres::HuberLoss* loss = new ceres::HuberLoss(3);
    auto* manifold = new vision::PoseManifold;
    for (vision::PoseBlock& pose : poses) problem.AddParameterBlock(pose.data(), 7, manifold);
    for (std::size_t k = 0; k < poses.size(); ++k) {
      const std::int64_t t_ns = window.keyframes()[k].t_ns;
      for (const LandmarkMeasurement& picture : World().pictures()) {
        if (picture.t_ns != t_ns) continue;
        for (const vision::Match& match : picture.matches)
          problem.AddResidualBlock(new PlainLandmark(match), loss, poses[k].data(), tie.data());
      }
      if (k + 1 < poses.size())
        problem.AddResidualBlock(new PlainImu(*imu[k]), nullptr, poses[k].data(), rests[k].data(),
                                 poses[k + 1].data(), rests[k + 1].data());
    }
    problem.AddResidualBlock(new PlainPrior<3>(tie.data(), 30), nullptr, tie.data());
    problem.AddResidualBlock(new PlainPrior<9>(rests[0].data(), 1e-3), nullptr, rests[0].data());
    problem.AddResidualBlock(new PlainPrior<7>(poses[0].data(), 10), nullptr, poses[0].data());
    ceres::Solver::Options options;
    options.linear_solver_type = schur ? ceres::DENSE_SCHUR : ceres::SPARSE_NORMAL_CHOLESKY;
    options.num_threads = 1;
    options.logging_type = ceres::SILENT;
    options.max_num_iterations = 10;
    options.initial_trust_region_radius = 1e16;
    options.function_tolerance = 1e-9;
    ceres::Solver::Summary summary;
    ceres::Solve(options, &problem, &summary);
    ceres::Covariance::Options covariance_options;
    covariance_options.num_threads = 1;
    ceres::Covariance covariance(covariance_options);
    const double* newest = poses.back().data();
    const std::vector<std::pair<const double*, const double*>> wanted{{newest, newest}};
    benchmark::DoNotOptimize(covariance.Compute(wanted, &problem));
    state.counters["solver_iterations"] = static_cast<double>(summary.iterations.size());
  }
}
BENCHMARK(PlainCeres)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace perilune::nav

BENCHMARK_MAIN();
