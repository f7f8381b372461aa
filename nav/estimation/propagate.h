#pragma once

#include "dem/frames/site.h"
#include "nav/estimation/state.h"
#include "nav/sensors/records.h"

namespace perilune::nav {

/// White noise densities of an inertial unit and of the random walks of its biases.
struct ImuNoise {
  double gyro_radps_rthz = 0;        ///< rad/s/√Hz
  double gyro_walk_radps2_rthz = 0;  ///< rad/s²/√Hz
  double accel_mps2_rthz = 0;        ///< m/s²/√Hz
  double accel_walk_mps3_rthz = 0;   ///< m/s³/√Hz

  /// Throws std::invalid_argument naming a density that is negative or not finite.
  void Validate() const;
};

/// The Moon's rotation in `site` axes, rad/s.
Eigen::Vector3d MoonRateInSite(const dem::Site& site);

/// Acceleration of a body at rest against the Moon or moving, without specific force, as seen in the rotating
/// `site`: central gravity GM/r², Coriolis and centrifugal, m/s². Neglected: the Moon's mass anomalies
/// (mascons, up to about 2e-3 m/s² at the surface: part of the accelerometer's noise and bias budget) and
/// third bodies (1e-5 m/s²).
Eigen::Vector3d FreeFallAcceleration(const dem::Site& site, const Eigen::Vector3d& position_in_site_m,
                                     const Eigen::Vector3d& velocity_in_site_mps);

/// Strapdown step of `dt_s` in the rotating `site` frame (mid-point rule: second order) with the error
/// covariance by its transition matrix to second order in dt (Solà 2017, error state with local angular
/// error; extended by the rotating frame and the gravity gradient). `imu` holds the mean rate and specific
/// force over the step, in the axes and at the origin of `body`, biases not removed; its time tag is ignored
/// and the state's advances by dt_s. Throws std::invalid_argument for a step that is negative or longer than
/// 1 s.
State PropagateImu(const State& state, const Imu& imu, double dt_s, const ImuNoise& noise,
                   const dem::Site& site);

/// d Moved / d error of that step: the transition matrix.
StateMatrix ImuTransition(const State& state, const Imu& imu, double dt_s, const dem::Site& site);

/// The mean over a step between two samples taken at its ends.
Imu MeanImu(const Imu& first, const Imu& last);

/// A sample of a unit that sits elsewhere and turned, brought to the axes and the origin of `body`: the
/// centripetal part of the lever arm is removed, the part from angular acceleration (below 1e-4 m/s² here) is
/// not.
Imu ImuInBody(const Imu& sample, const Eigen::Isometry3d& body_from_imu);

}  // namespace perilune::nav
