#include "vision/pose/pose_manifold.h"

#include <Eigen/Geometry>

#include "dem/frames/pose.h"

namespace perilune::vision {
namespace {

using Jacobian76 = Eigen::Matrix<double, 7, 6, Eigen::RowMajor>;
using Jacobian67 = Eigen::Matrix<double, 6, 7, Eigen::RowMajor>;

Eigen::Quaterniond RotationOf(const double* x) { return Eigen::Quaterniond(x[3], x[0], x[1], x[2]); }

// Columns: d(q ⊗ (δθ/2, 1)) / d(δθ/2) in the order (x, y, z, w); orthonormal.
Eigen::Matrix<double, 4, 3> RightTangent(const Eigen::Quaterniond& q) {
  Eigen::Matrix<double, 4, 3> m;
  m << q.w(), -q.z(), q.y(),  //
      q.z(), q.w(), -q.x(),   //
      -q.y(), q.x(), q.w(),   //
      -q.x(), -q.y(), -q.z();
  return m;
}

}  // namespace

bool PoseManifold::Plus(const double* x, const double* delta, double* x_plus_delta) const {
  const Eigen::Quaterniond moved = RotationOf(x) * dem::ExpSo3(Eigen::Map<const Eigen::Vector3d>(delta));
  Eigen::Map<Eigen::Vector4d>(x_plus_delta, 4) = moved.normalized().coeffs();
  for (int i = 0; i < 3; ++i) x_plus_delta[4 + i] = x[4 + i] + delta[3 + i];
  return true;
}

bool PoseManifold::PlusJacobian(const double* x, double* jacobian) const {
  Eigen::Map<Jacobian76> j(jacobian);
  j.setZero();
  j.topLeftCorner<4, 3>() = 0.5 * RightTangent(RotationOf(x));
  j.bottomRightCorner<3, 3>().setIdentity();
  return true;
}

bool PoseManifold::Minus(const double* y, const double* x, double* y_minus_x) const {
  Eigen::Map<Eigen::Vector3d>(y_minus_x, 3) = dem::LogSo3(RotationOf(x).conjugate() * RotationOf(y));
  for (int i = 0; i < 3; ++i) y_minus_x[3 + i] = y[4 + i] - x[4 + i];
  return true;
}

bool PoseManifold::MinusJacobian(const double* x, double* jacobian) const {
  Eigen::Map<Jacobian67> j(jacobian);
  j.setZero();
  j.topLeftCorner<3, 4>() = 2 * RightTangent(RotationOf(x)).transpose();
  j.bottomRightCorner<3, 3>().setIdentity();
  return true;
}

}  // namespace perilune::vision
