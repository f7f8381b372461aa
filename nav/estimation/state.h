#pragma once

#include <Eigen/Geometry>
#include <cstdint>

namespace perilune::nav {

/// Offsets into the error state: δθ (in body, right), δp (site), δv (site), gyro bias, accelerometer bias, range bias, map tie.
enum StateOffset { kTheta = 0, kPosition = 3, kVelocity = 6, kGyroBias = 9, kAccelBias = 12, kRangeBias = 15, kMapTie = 16, kStateSize = 19 };

using StateMatrix = Eigen::Matrix<double, kStateSize, kStateSize>;
using StateVector = Eigen::Matrix<double, kStateSize, 1>;

/// The lander's state. The map shows a point that truly is at p at p + map_tie_m: a map-relative position measurement
/// observes site_from_body.translation() + map_tie_m.
struct State {
  std::int64_t t_ns = 0;
  Eigen::Isometry3d site_from_body = Eigen::Isometry3d::Identity();
  Eigen::Vector3d velocity_of_body_in_site_mps = Eigen::Vector3d::Zero();
  Eigen::Vector3d gyro_bias_radps = Eigen::Vector3d::Zero();
  Eigen::Vector3d accel_bias_mps2 = Eigen::Vector3d::Zero();
  double range_bias_m = 0;
  Eigen::Vector3d map_tie_m = Eigen::Vector3d::Zero();
  StateMatrix covariance = StateMatrix::Zero();

  /// Covariance of the true position and of the map-relative one, site, m².
  Eigen::Matrix3d AbsolutePositionCovariance() const { return covariance.block<3, 3>(kPosition, kPosition); }
  Eigen::Matrix3d MapRelativePositionCovariance() const {
    return covariance.block<3, 3>(kPosition, kPosition) + covariance.block<3, 3>(kMapTie, kMapTie) +
           covariance.block<3, 3>(kPosition, kMapTie) + covariance.block<3, 3>(kMapTie, kPosition);
  }
};

}  // namespace perilune::nav
