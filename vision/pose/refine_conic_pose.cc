#include <ceres/ceres.h>

#include <Eigen/Dense>
#include <vector>

#include "vision/pose/conic_pose.h"
#include "vision/pose/pose_block.h"
#include "vision/pose/pose_manifold.h"

namespace perilune::vision {
namespace {

/// Whitened with the covariance at the start: it varies little, and a weight that followed the pose would
/// pull it.
class ConicCost : public ceres::SizedCostFunction<5, 7> {
 public:
  ConicCost(const ConicMatch& match, const RimIrregularity& irregularity, const Matrix5d& covariance)
      : match_(match), irregularity_(irregularity), factor_(covariance) {}

  bool Evaluate(double const* const* parameters, double* residuals, double** jacobians) const override {
    const auto r = EvaluateConic(match_, irregularity_, FromBlock(parameters[0]));
    if (!r) return false;
    Eigen::Map<Vector5d>(residuals, 5) = factor_.matrixL().solve(r->residual);
    if (jacobians != nullptr && jacobians[0] != nullptr) {
      Eigen::Map<Eigen::Matrix<double, 5, 7, Eigen::RowMajor>> j(jacobians[0]);
      j = -factor_.matrixL().solve(r->by_pose) * TangentFromAmbient(parameters[0]);
    }
    return true;
  }

 private:
  const ConicMatch& match_;
  const RimIrregularity& irregularity_;
  Eigen::LLT<Matrix5d> factor_;
};

}  // namespace

std::optional<ConicPose> RefineConicPose(std::span<const ConicMatch> matches,
                                         const RimIrregularity& irregularity, const Eigen::Isometry3d& start,
                                         const std::optional<PosePriorFactor>& prior) {
  constexpr double kHuberSigma = 4;  // of five numbers together: 99.3 % of good ones lie below it
  PoseBlock block = ToBlock(start);
  ceres::Problem::Options problem_options;
  problem_options.loss_function_ownership = ceres::DO_NOT_TAKE_OWNERSHIP;
  ceres::HuberLoss loss(kHuberSigma);
  ceres::Problem problem(problem_options);
  problem.AddParameterBlock(block.data(), 7, new PoseManifold);
  for (const ConicMatch& match : matches) {
    const auto r = EvaluateConic(match, irregularity, start);
    if (!r) return std::nullopt;
    problem.AddResidualBlock(new ConicCost(match, irregularity, r->covariance), &loss, block.data());
  }
  if (prior) problem.AddResidualBlock(new PriorCost(*prior), nullptr, block.data());

  ceres::Solver::Options solver;
  solver.linear_solver_type = ceres::DENSE_QR;
  solver.num_threads = 1;
  solver.logging_type = ceres::SILENT;
  solver.max_num_iterations = 30;
  solver.function_tolerance = 1e-12;
  solver.parameter_tolerance = 1e-14;
  ceres::Solver::Summary summary;
  ceres::Solve(solver, &problem, &summary);
  if (!summary.IsSolutionUsable()) return std::nullopt;
  // The covariance without the loss: its weights are 1 but for outliers.
  return StepsToPose(matches, irregularity, FromBlock(block.data()), prior, 0);
}

std::optional<ConicPose> RefineAsScattered(std::vector<ConicMatch> matches,
                                           const RimIrregularity& irregularity,
                                           const Eigen::Isometry3d& start,
                                           const std::optional<PosePriorFactor>& prior) {
  const auto declared = RefineConicPose(matches, irregularity, start, prior);
  const double freedom = 5 * static_cast<double>(matches.size()) - 6;
  if (!declared || !(declared->chi2 > freedom)) return declared;
  const double scale = declared->chi2 / freedom;
  for (ConicMatch& match : matches) match.variance_scale = scale;
  auto scattered = RefineConicPose(matches, irregularity, declared->moon_from_cam, prior);
  if (scattered) {
    scattered->chi2 *= scale;
    scattered->variance_scale = scale;
  }
  return scattered;
}

}  // namespace perilune::vision
