#include "vision/pose/refine_pose.h"

#include <ceres/ceres.h>

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <stdexcept>

#include "vision/pose/pose_manifold.h"
#include "vision/pose/reprojection.h"

namespace perilune::vision {
namespace {

using PoseBlock = Eigen::Matrix<double, 7, 1>;
using RowMajor67 = Eigen::Matrix<double, 6, 7, Eigen::RowMajor>;

PoseBlock ToBlock(const Eigen::Isometry3d& pose) {
  PoseBlock block;
  block.head<4>() = Eigen::Quaterniond(pose.linear()).normalized().coeffs();
  block.tail<3>() = pose.translation();
  return block;
}

Eigen::Isometry3d FromBlock(const double* block) {
  Eigen::Isometry3d pose = Eigen::Isometry3d::Identity();
  pose.linear() = Eigen::Quaterniond(block[3], block[0], block[1], block[2]).normalized().toRotationMatrix();
  pose.translation() = Eigen::Vector3d(block[4], block[5], block[6]);
  return pose;
}

// A 6 × 7 matrix T with T · PlusJacobian = 1: d r / dδ · T is an ambient Jacobian that Ceres turns into d r /
// dδ again.
RowMajor67 TangentFromAmbient(const double* block) {
  RowMajor67 j;
  PoseManifold().MinusJacobian(block, j.data());
  return j;
}

Eigen::Matrix2d Whitening(const Eigen::Matrix2d& covariance) {
  return Eigen::LLT<Eigen::Matrix2d>(covariance).matrixL().solve(Eigen::Matrix2d::Identity());
}

class ReprojectionCost : public ceres::SizedCostFunction<2, 7> {
 public:
  ReprojectionCost(const Match& match, const Camera& camera)
      : match_(match), camera_(camera), whitening_(Whitening(match.covariance_px2)) {}

  bool Evaluate(double const* const* parameters, double* residuals, double** jacobians) const override {
    const auto r = Reproject(match_, camera_, FromBlock(parameters[0]));
    if (!r) return false;
    Eigen::Map<Eigen::Vector2d>(residuals, 2) = whitening_ * r->residual_px;
    if (jacobians != nullptr && jacobians[0] != nullptr) {
      Eigen::Map<Eigen::Matrix<double, 2, 7, Eigen::RowMajor>> j(jacobians[0]);
      j = -whitening_ * r->by_pose * TangentFromAmbient(parameters[0]);
    }
    return true;
  }

 private:
  const Match& match_;
  const Camera& camera_;
  Eigen::Matrix2d whitening_;
};

class PriorCost : public ceres::SizedCostFunction<6, 7> {
 public:
  explicit PriorCost(const PosePriorFactor& prior) : prior_(prior) {
    const Eigen::SelfAdjointEigenSolver<dem::Matrix6d> eigen(prior.information);
    root_ = eigen.eigenvalues().cwiseMax(0).cwiseSqrt().asDiagonal() * eigen.eigenvectors().transpose();
  }

  bool Evaluate(double const* const* parameters, double* residuals, double** jacobians) const override {
    const dem::Vector6d delta = dem::PoseDifference(prior_.site_from_cam, FromBlock(parameters[0]));
    Eigen::Map<dem::Vector6d>(residuals, 6) = root_ * delta;
    if (jacobians != nullptr && jacobians[0] != nullptr) {
      // d Log(exp(θ) exp(δ)) / dδ: the inverse right Jacobian of SO(3), to second order in θ.
      dem::Matrix6d by_delta = dem::Matrix6d::Identity();
      const Eigen::Matrix3d theta = dem::Skew(delta.head<3>());
      by_delta.topLeftCorner<3, 3>() += 0.5 * theta + theta * theta / 12;
      Eigen::Map<RowMajor67> j(jacobians[0]);
      j = root_ * by_delta * TangentFromAmbient(parameters[0]);
    }
    return true;
  }

 private:
  PosePriorFactor prior_;
  dem::Matrix6d root_;
};

}  // namespace

void RefineOptions::Validate() const {
  if (!(huber_sigma > 0)) throw std::invalid_argument("huber_sigma must be positive");
  if (max_iterations < 1) throw std::invalid_argument("max_iterations must be at least 1");
}

RefinedPose RefinePose(const std::vector<Match>& matches, const std::vector<int>& use, const Camera& camera,
                       const Eigen::Isometry3d& start, const std::optional<PosePriorFactor>& prior,
                       const RefineOptions& options) {
  options.Validate();
  RefinedPose result;
  result.site_from_cam = start;
  if (use.size() < 3 && !prior) return result;

  PoseBlock block = ToBlock(start);
  ceres::Problem::Options problem_options;
  problem_options.loss_function_ownership = ceres::DO_NOT_TAKE_OWNERSHIP;
  ceres::HuberLoss loss(options.huber_sigma);
  ceres::Problem problem(problem_options);
  problem.AddParameterBlock(block.data(), 7, new PoseManifold);
  for (const int i : use)
    problem.AddResidualBlock(new ReprojectionCost(matches[i], camera), &loss, block.data());
  if (prior) problem.AddResidualBlock(new PriorCost(*prior), nullptr, block.data());

  ceres::Solver::Options solver;
  solver.linear_solver_type = ceres::DENSE_QR;
  solver.num_threads = 1;
  solver.logging_type = ceres::SILENT;
  solver.max_num_iterations = options.max_iterations;
  solver.function_tolerance = 1e-12;
  solver.parameter_tolerance = 1e-12;
  ceres::Solver::Summary summary;
  ceres::Solve(solver, &problem, &summary);
  if (!summary.IsSolutionUsable()) return result;

  result.usable = true;
  result.site_from_cam = FromBlock(block.data());
  for (const int i : use) {
    const auto r = Reproject(matches[i], camera, result.site_from_cam);
    const double sigmas = r ? (Whitening(matches[i].covariance_px2) * r->residual_px).norm() : 0;
    result.weight.push_back(sigmas > options.huber_sigma ? options.huber_sigma / sigmas : 1.0);
    result.chi2 += sigmas * sigmas;
  }
  return result;
}

}  // namespace perilune::vision
