#pragma once

#include <ceres/sized_cost_function.h>

#include <Eigen/Geometry>

#include "dem/frames/pose.h"
#include "vision/pose/refine_pose.h"

namespace perilune::vision {

// A pose site_from_x as Ceres holds it (PoseManifold's seven numbers). Internal to vision/pose.
using PoseBlock = Eigen::Matrix<double, 7, 1>;
using RowMajor67 = Eigen::Matrix<double, 6, 7, Eigen::RowMajor>;

PoseBlock ToBlock(const Eigen::Isometry3d& pose);
Eigen::Isometry3d FromBlock(const double* block);

/// A 6 × 7 matrix T with T · PlusJacobian = 1: d r / dδ · T is an ambient Jacobian that Ceres turns into d r
/// / dδ again.
RowMajor67 TangentFromAmbient(const double* block);

/// √information · (pose − prior), with its exact derivative to second order in the angle.
class PriorCost : public ceres::SizedCostFunction<6, 7> {
 public:
  explicit PriorCost(const PosePriorFactor& prior);
  bool Evaluate(double const* const* parameters, double* residuals, double** jacobians) const override;

 private:
  PosePriorFactor prior_;
  dem::Matrix6d root_;
};

}  // namespace perilune::vision
