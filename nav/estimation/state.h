#pragma once

#include <Eigen/Geometry>
#include <cstdint>

namespace perilune::nav {

/// Offsets into the error state: δθ (in body, right), δp (site), δv (site), gyro bias, accelerometer bias,
/// range bias, map tie, local map error. Errors are true − estimated; the attitude's is R_true = R ·
/// exp([δθ]×).
enum StateOffset {
  kTheta = 0,
  kPosition = 3,
  kVelocity = 6,
  kGyroBias = 9,
  kAccelBias = 12,
  kRangeBias = 15,
  kMapTie = 16,
  kMapError = 19,
  kStateSize = 22
};

using StateMatrix = Eigen::Matrix<double, kStateSize, kStateSize>;
using StateVector = Eigen::Matrix<double, kStateSize, 1>;

/// The lander's state. The map shows a point that truly is at p at p + map_tie_m: the map-relative position
/// is site_from_body.translation() + map_tie_m. A fix observes that plus map_error_m, the part of its error
/// that it shares with the fixes next to it because they see the same wrong heights of the map (map_error.h).
/// Biases are in the axes of the body.
struct State {
  std::int64_t t_ns = 0;
  Eigen::Isometry3d site_from_body = Eigen::Isometry3d::Identity();
  Eigen::Vector3d velocity_of_body_in_site_mps = Eigen::Vector3d::Zero();
  Eigen::Vector3d gyro_bias_radps = Eigen::Vector3d::Zero();
  Eigen::Vector3d accel_bias_mps2 = Eigen::Vector3d::Zero();
  double range_bias_m = 0;
  Eigen::Vector3d map_tie_m = Eigen::Vector3d::Zero();
  Eigen::Vector3d map_error_m = Eigen::Vector3d::Zero();
  StateMatrix covariance = StateMatrix::Zero();

  /// Covariance of the true position and of the map-relative one, site, m².
  Eigen::Matrix3d AbsolutePositionCovariance() const { return covariance.block<3, 3>(kPosition, kPosition); }
  Eigen::Matrix3d MapRelativePositionCovariance() const {
    return covariance.block<3, 3>(kPosition, kPosition) + covariance.block<3, 3>(kMapTie, kMapTie) +
           covariance.block<3, 3>(kPosition, kMapTie) + covariance.block<3, 3>(kMapTie, kPosition);
  }
};

/// `state` moved by the error δ (its covariance unchanged).
State Moved(const State& state, const StateVector& delta);

/// δ with Moved(from, δ) = to.
StateVector StateDifference(const State& from, const State& to);

/// What is known before the first measurement; 1 sigma of each axis, errors independent.
struct InitialKnowledge {
  std::int64_t t_ns = 0;
  Eigen::Isometry3d site_from_body = Eigen::Isometry3d::Identity();
  Eigen::Vector3d velocity_of_body_in_site_mps = Eigen::Vector3d::Zero();
  double attitude_sigma_rad = 0;
  Eigen::Vector3d position_sigma_m = Eigen::Vector3d::Zero();
  double velocity_sigma_mps = 0;
  double gyro_bias_sigma_radps = 0;
  double accel_bias_sigma_mps2 = 0;
  double range_bias_sigma_m = 0;

  /// Throws std::invalid_argument naming a sigma that is negative or not finite.
  void Validate() const;
};

/// State without a map: its tie and map error are zero and certain until ResetMapTie.
State InitialState(const InitialKnowledge& knowledge);

}  // namespace perilune::nav
