#include <ceres/cost_function.h>
#include <ceres/ordered_groups.h>
#include <ceres/problem.h>
#include <ceres/solver.h>

#include <cstddef>
#include <memory>
#include <vector>

#include "nav/estimation/window.h"
#include "vision/pose/pose_block.h"
#include "vision/pose/pose_manifold.h"

namespace perilune::nav {
namespace {

constexpr int kPoseBlock = 7, kRestSize = kKeyframeSize - 6;

Keyframe FromBlocks(const double* pose, const double* rest) {
  const auto three = [&](int offset) -> Eigen::Vector3d {
    return Eigen::Map<const Eigen::Vector3d>(rest + offset);
  };
  return {0, {vision::FromBlock(pose), three(0), three(3), three(6)}, three(9)};
}

SharedStates FromSharedBlock(const double* shared) {
  return {shared[0], Eigen::Map<const Eigen::Vector3d>(shared + 1)};
}

/// A factor before Ceres: blocks of one or two keyframes (pose, rest) and the shared states.
class FactorCost : public ceres::CostFunction {
 public:
  FactorCost(const Factor& factor, bool two, const FactorEnds& first_estimate)
      : factor_(factor), two_(two), first_estimate_(first_estimate) {
    set_num_residuals(factor.Rows());
    for (int i = 0; i < (two ? 2 : 1); ++i) {
      mutable_parameter_block_sizes()->push_back(kPoseBlock);
      mutable_parameter_block_sizes()->push_back(kRestSize);
    }
    mutable_parameter_block_sizes()->push_back(kSharedSize);
  }

  bool Evaluate(double const* const* parameters, double* residuals, double** jacobians) const override {
    const Keyframe first = FromBlocks(parameters[0], parameters[1]);
    const Keyframe second = two_ ? FromBlocks(parameters[2], parameters[3]) : Keyframe{};
    const SharedStates shared = FromSharedBlock(parameters[two_ ? 4 : 2]);
    const FactorEnds at{&first, two_ ? &second : nullptr, &shared};
    FactorEnds derivative_at = at;
    if (first_estimate_.first != nullptr) {
      derivative_at.first = first_estimate_.first;
      derivative_at.shared = first_estimate_.shared;
    }
    const FactorRows rows = factor_.Evaluate(at, derivative_at);
    Eigen::Map<Eigen::VectorXd>(residuals, rows.size()) = rows.residual;
    if (jacobians == nullptr) return true;
    WriteKeyframe(rows.by_first, parameters[0], jacobians);
    if (two_) WriteKeyframe(rows.by_second, parameters[2], jacobians + 2);
    Write<kSharedSize>(rows.by_shared, jacobians[two_ ? 4 : 2]);
    return true;
  }

 private:
  template <int columns, class Derivative>
  static void Write(const Derivative& derivative, double* jacobian) {
    if (jacobian == nullptr) return;
    Eigen::Map<Eigen::Matrix<double, Eigen::Dynamic, columns, Eigen::RowMajor>>(jacobian, derivative.rows(),
                                                                                columns) = derivative;
  }

  static void WriteKeyframe(const FactorRows::Block<kKeyframeSize>& by, const double* pose,
                            double** jacobians) {
    if (jacobians[0] != nullptr) {
      const FactorRows::Block<6> by_pose = by.leftCols<6>();
      const FactorRows::Block<kPoseBlock> ambient = by_pose * vision::TangentFromAmbient(pose);
      Write<kPoseBlock>(ambient, jacobians[0]);
    }
    Write<kRestSize>(by.rightCols<kRestSize>(), jacobians[1]);
  }

  const Factor& factor_;
  bool two_;
  FactorEnds first_estimate_;
};

ceres::Solver::Options SolverOptions(const WindowSolveOptions& options) {
  ceres::Solver::Options solver;
  solver.linear_solver_type = ceres::SPARSE_NORMAL_CHOLESKY;
  solver.num_threads = 1;
  solver.logging_type = ceres::SILENT;
  solver.max_num_iterations = options.max_iterations;
  solver.function_tolerance = options.function_tolerance;
  solver.parameter_tolerance = 1e-12;
  solver.gradient_tolerance = 1e-14;
  // Damping is relative to the diagonal, and that holds a millimetre from one keyframe to the next: at the
  // usual radius it would keep the whole window from moving by the metres that it is uncertain by.
  solver.initial_trust_region_radius = 1e16;
  solver.max_trust_region_radius = 1e20;
  return solver;
}

}  // namespace

/// The window's problem before Ceres.
class WindowProblem {
 public:
  explicit WindowProblem(const Window& window) : shared_(kSharedSize), problem_(Ownership()) {
    for (const Keyframe& keyframe : window.keyframes_) blocks_.emplace_back(keyframe);
    shared_ << window.shared_.range_bias_m, window.shared_.map_tie_m;
    order_ = std::make_shared<ceres::ParameterBlockOrdering>();
    for (std::size_t k = 0; k < blocks_.size(); ++k) {
      problem_.AddParameterBlock(blocks_[k].pose.data(), kPoseBlock, &manifold_);
      problem_.AddParameterBlock(blocks_[k].rest.data(), kRestSize);
      order_->AddElementToGroup(blocks_[k].pose.data(), static_cast<int>(k));
      order_->AddElementToGroup(blocks_[k].rest.data(), static_cast<int>(k));
    }
    problem_.AddParameterBlock(shared_.data(), kSharedSize);
    order_->AddElementToGroup(shared_.data(), static_cast<int>(blocks_.size()));
    for (const WindowEntry& entry : window.entries_) {
      FactorEnds estimate;
      if (window.has_first_estimate_ && entry.first == 0) estimate = window.DerivativeEndsOf(entry);
      const auto first = static_cast<std::size_t>(entry.first);
      std::vector<double*> parameters{blocks_[first].pose.data(), blocks_[first].rest.data()};
      if (entry.two) {
        parameters.push_back(blocks_[first + 1].pose.data());
        parameters.push_back(blocks_[first + 1].rest.data());
      }
      parameters.push_back(shared_.data());
      problem_.AddResidualBlock(new FactorCost(*entry.factor, entry.two, estimate), nullptr, parameters);
    }
  }

  WindowSolveReport Solve(const WindowSolveOptions& options, Window& window) {
    ceres::Solver::Options solver = SolverOptions(options);
    solver.linear_solver_ordering = order_;
    ceres::Solver::Summary summary;
    ceres::Solve(solver, &problem_, &summary);
    WindowSolveReport report{summary.IsSolutionUsable(), static_cast<int>(summary.iterations.size()),
                             summary.initial_cost, summary.final_cost};
    if (!report.usable) return report;
    for (std::size_t k = 0; k < blocks_.size(); ++k) {
      const std::int64_t t_ns = window.keyframes_[k].t_ns;
      window.keyframes_[k] = FromBlocks(blocks_[k].pose.data(), blocks_[k].rest.data());
      window.keyframes_[k].t_ns = t_ns;
    }
    window.shared_ = FromSharedBlock(shared_.data());
    return report;
  }

 private:
  /// A keyframe as Ceres holds it.
  struct KeyframeBlocks {
    vision::PoseBlock pose;
    Eigen::Matrix<double, kRestSize, 1> rest;  ///< velocity, biases, map error

    explicit KeyframeBlocks(const Keyframe& keyframe)
        : pose(vision::ToBlock(keyframe.motion.site_from_body)) {
      rest << keyframe.motion.velocity_of_body_in_site_mps, keyframe.motion.gyro_bias_radps,
          keyframe.motion.accel_bias_mps2, keyframe.map_error_m;
    }
  };

  static ceres::Problem::Options Ownership() {
    ceres::Problem::Options options;
    options.manifold_ownership = ceres::DO_NOT_TAKE_OWNERSHIP;
    return options;
  }

  vision::PoseManifold manifold_;
  std::vector<KeyframeBlocks> blocks_;
  Eigen::VectorXd shared_;
  std::shared_ptr<ceres::ParameterBlockOrdering> order_;
  ceres::Problem problem_;
};

WindowSolveReport Window::Solve(const WindowSolveOptions& options) {
  return WindowProblem(*this).Solve(options, *this);
}

}  // namespace perilune::nav
