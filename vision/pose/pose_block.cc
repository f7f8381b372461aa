#include "vision/pose/pose_block.h"

#include "dem/linear/symmetric_eigen.h"
#include "vision/pose/pose_manifold.h"

namespace perilune::vision {

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

RowMajor67 TangentFromAmbient(const double* block) {
  RowMajor67 j;
  PoseManifold().MinusJacobian(block, j.data());
  return j;
}

PriorCost::PriorCost(const PosePriorFactor& prior) : prior_(prior) {
  const dem::SymmetricEigen eigen = dem::EigenOfSymmetric(prior.information);
  root_ = eigen.values.cwiseMax(0).cwiseSqrt().asDiagonal() * eigen.vectors.transpose();
}

bool PriorCost::Evaluate(double const* const* parameters, double* residuals, double** jacobians) const {
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

}  // namespace perilune::vision
