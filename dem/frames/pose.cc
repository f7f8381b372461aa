#include "dem/frames/pose.h"

#include <cmath>

namespace perilune::dem {

Eigen::Quaterniond ExpSo3(const Eigen::Vector3d& theta_rad) {
  const double angle = theta_rad.norm();
  // sin(a/2)/a, by its series near zero.
  const double k = angle < 1e-6 ? 0.5 - angle * angle / 48 : std::sin(angle / 2) / angle;
  Eigen::Quaterniond q;
  q.w() = std::cos(angle / 2);
  q.vec() = k * theta_rad;
  return q.normalized();
}

Eigen::Vector3d LogSo3(const Eigen::Quaterniond& rotation) {
  const Eigen::Quaterniond q = rotation.w() < 0 ? Eigen::Quaterniond(-rotation.coeffs()) : rotation;
  const double s = q.vec().norm();
  if (s < 1e-12) return 2 * q.vec();
  return (2 * std::atan2(s, q.w()) / s) * q.vec();
}

Eigen::Matrix3d Skew(const Eigen::Vector3d& v) {
  Eigen::Matrix3d m;
  m << 0, -v.z(), v.y(), v.z(), 0, -v.x(), -v.y(), v.x(), 0;
  return m;
}

Eigen::Isometry3d Perturb(const Eigen::Isometry3d& site_from_x, const Vector6d& delta) {
  Eigen::Isometry3d moved = site_from_x;
  moved.linear() = (Eigen::Quaterniond(site_from_x.linear()) * ExpSo3(delta.head<3>())).toRotationMatrix();
  moved.translation() += delta.tail<3>();
  return moved;
}

Vector6d PoseDifference(const Eigen::Isometry3d& from, const Eigen::Isometry3d& to) {
  Vector6d delta;
  delta.head<3>() = LogSo3(Eigen::Quaterniond(from.linear().transpose() * to.linear()));
  delta.tail<3>() = to.translation() - from.translation();
  return delta;
}

}  // namespace perilune::dem
