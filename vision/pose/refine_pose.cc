#include "vision/pose/refine_pose.h"

#include <ceres/ceres.h>

#include <Eigen/Cholesky>
#include <stdexcept>

#include "vision/pose/pose_block.h"
#include "vision/pose/pose_manifold.h"
#include "vision/pose/reprojection.h"

namespace perilune::vision {
namespace {

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
