#pragma once

#include <ceres/manifold.h>

namespace perilune::vision {

/// Ceres' view of a pose site_from_cam: seven numbers (qx, qy, qz, qw, px, py, pz), moved by
/// δ = [δθ in cam, on the right; δp in site, additive] as dem/frames/pose.h states it. (Ceres'
/// EigenQuaternionManifold perturbs on the left and turns by twice the delta: its covariance would not be
/// ours.) Internal to vision/pose.
class PoseManifold : public ceres::Manifold {
 public:
  int AmbientSize() const override { return 7; }
  int TangentSize() const override { return 6; }
  bool Plus(const double* x, const double* delta, double* x_plus_delta) const override;
  bool PlusJacobian(const double* x, double* jacobian) const override;
  bool Minus(const double* y, const double* x, double* y_minus_x) const override;
  bool MinusJacobian(const double* x, double* jacobian) const override;
};

}  // namespace perilune::vision
