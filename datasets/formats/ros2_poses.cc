#include "datasets/formats/ros2_poses.h"

#include <cmath>
#include <stdexcept>

namespace perilune::datasets {
namespace {

/// (x, y, z, φ) = J (δθ, δp).
dem::Matrix6d RosFromPerilune(const Eigen::Isometry3d& site_from_x) {
  dem::Matrix6d jacobian = dem::Matrix6d::Zero();
  jacobian.topRightCorner<3, 3>().setIdentity();
  jacobian.bottomLeftCorner<3, 3>() = site_from_x.linear();
  return jacobian;
}

using RowMajor6d = Eigen::Matrix<double, 6, 6, Eigen::RowMajor>;

}  // namespace

std::array<double, 36> RosCovariance(const Eigen::Isometry3d& site_from_x, const dem::Matrix6d& covariance) {
  const dem::Matrix6d jacobian = RosFromPerilune(site_from_x);
  std::array<double, 36> rows{};
  Eigen::Map<RowMajor6d>(rows.data()) = jacobian * covariance * jacobian.transpose();
  return rows;
}

dem::Matrix6d CovarianceFromRos(const Eigen::Isometry3d& site_from_x,
                                const std::array<double, 36>& covariance) {
  const dem::Matrix6d inverse = RosFromPerilune(site_from_x).transpose();  // of an orthogonal matrix
  return inverse * Eigen::Map<const RowMajor6d>(covariance.data()) * inverse.transpose();
}

RosPose RosPoseFrom(const Eigen::Isometry3d& pose) {
  const Eigen::Vector3d& p = pose.translation();
  const Eigen::Quaterniond q(pose.linear());
  return {{p.x(), p.y(), p.z()}, {q.x(), q.y(), q.z(), q.w()}};
}

Eigen::Isometry3d PoseFromRos(const RosPose& ros) {
  const Eigen::Quaterniond q(ros.orientation[3], ros.orientation[0], ros.orientation[1], ros.orientation[2]);
  const Eigen::Vector3d position(ros.position.data());
  if (!(std::abs(q.norm() - 1) <= 1e-3))
    throw std::invalid_argument("pose: the quaternion's length is not 1");
  if (!position.allFinite()) throw std::invalid_argument("pose: the position is not finite");
  Eigen::Isometry3d pose = Eigen::Isometry3d::Identity();
  pose.linear() = q.normalized().toRotationMatrix();
  pose.translation() = position;
  return pose;
}

}  // namespace perilune::datasets
