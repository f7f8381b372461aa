#pragma once

#include <Eigen/Geometry>

#include "dem/frames/site.h"
#include "nav/estimation/propagate.h"
#include "nav/estimation/state.h"

namespace perilune::nav {

/// What inertial navigation carries from moment to moment: the first fifteen rows of State's error.
struct Motion {
  Eigen::Isometry3d site_from_body = Eigen::Isometry3d::Identity();
  Eigen::Vector3d velocity_of_body_in_site_mps = Eigen::Vector3d::Zero();
  Eigen::Vector3d gyro_bias_radps = Eigen::Vector3d::Zero();
  Eigen::Vector3d accel_bias_mps2 = Eigen::Vector3d::Zero();
};

inline constexpr int kMotionSize = kAccelBias + 3;
using MotionVector = Eigen::Matrix<double, kMotionSize, 1>;
using MotionMatrix = Eigen::Matrix<double, kMotionSize, kMotionSize>;

/// `motion` moved by an error whose rows are StateOffset's, and the error between two.
Motion Moved(const Motion& motion, const MotionVector& delta);
MotionVector MotionDifference(const Motion& from, const Motion& to);

/// d Log(exp(θ) exp(δ)) / dδ, to the fourth order in θ.
Eigen::Matrix3d InverseRightJacobian(const Eigen::Vector3d& theta_rad);

/// Derivatives of ImuPreintegration::Residual by the errors of its two ends.
struct ImuJacobians {
  MotionMatrix by_from, by_to;
};

/// What an inertial unit felt between two moments, summed up once and independent of where the lander was
/// (Forster, Carlone, Dellaert and Scaramuzza 2017, section VI): turn, and the velocity and way of the
/// specific force alone, in the axes that the body had at the start, with their derivatives by the biases and
/// the covariance of all fifteen rows, the random walk of the biases and what it does to the increments
/// included.
///
/// The increments are compared in inertial axes (the site's at the start, origin in the Moon's centre): there
/// no Coriolis force acts, and the turn of the site is a known rotation. Gravity, GM/r², is integrated along
/// the arc by Simpson's rule when two states are compared, and not frozen: it errs by less than 1 µm over 10
/// s and about 1 mm over a minute of low orbit (∝ duration⁵). Chain several for longer arcs. Nothing is
/// allocated. One sample costs about 3 µs.
class ImuPreintegration {
 public:
  ImuPreintegration(const Eigen::Vector3d& gyro_bias_radps, const Eigen::Vector3d& accel_bias_mps2);

  /// One more sample: the mean rate and specific force over `dt_s`, in the axes and at the origin of `body`,
  /// biases not removed, integrated exactly as constants in the turning body. Throws std::invalid_argument
  /// for a step that is negative or longer than 1 s.
  void Add(const Imu& imu, double dt_s, const ImuNoise& noise);

  double duration_s() const { return duration_s_; }
  const Eigen::Vector3d& gyro_bias_radps() const { return gyro_bias_radps_; }
  const Eigen::Vector3d& accel_bias_mps2() const { return accel_bias_mps2_; }
  /// Of [turn; way; velocity; change of gyro bias; of accelerometer bias], the first three in the starting
  /// body.
  const MotionMatrix& covariance() const { return covariance_; }

  /// The state at the end that follows from the one at the start.
  Motion Predict(const Motion& from, const dem::Site& site) const;
  /// `to` against Predict(`from`), in the terms of `covariance`. Its gravity is that of `from`'s arc.
  MotionVector Residual(const Motion& from, const Motion& to, const dem::Site& site) const;
  /// Neglected: terms of order (gravity gradient · duration²)², 1e-12 for 1 s.
  ImuJacobians Jacobians(const Motion& from, const Motion& to, const dem::Site& site) const;

 private:
  struct Increment;
  struct InertialMotion;
  struct Arc;
  Increment Corrected(const Motion& from) const;
  Arc ArcFrom(const Motion& from, const dem::Site& site) const;

  Eigen::Vector3d gyro_bias_radps_, accel_bias_mps2_;
  double duration_s_ = 0;
  Eigen::Quaterniond turn_ = Eigen::Quaterniond::Identity();
  Eigen::Vector3d velocity_mps_ = Eigen::Vector3d::Zero();
  Eigen::Vector3d way_m_ = Eigen::Vector3d::Zero();
  Eigen::Matrix<double, 9, 6> by_biases_ = Eigen::Matrix<double, 9, 6>::Zero();
  MotionMatrix covariance_ = MotionMatrix::Zero();
};

/// d to / d from where the residual stays: −by_to⁻¹ by_from.
MotionMatrix TransitionOf(const ImuJacobians& jacobians);

/// `state` moved over a preintegrated stretch in one step, with its covariance; what `imu` does not touch
/// (range bias, map) stays. Its time is left as it was.
State Propagated(const State& state, const ImuPreintegration& imu, const dem::Site& site);

}  // namespace perilune::nav
