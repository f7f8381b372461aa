#pragma once

#include <Eigen/Core>

namespace perilune::nav {

/// Where a lander is and how it moves over the ground, in `site`.
struct DescentState {
  Eigen::Vector3d position_in_site_m = Eigen::Vector3d::Zero();
  Eigen::Vector3d velocity_in_site_mps = Eigen::Vector3d::Zero();
};

/// A flight whose net acceleration (thrust and gravity) is quadratic in time: c0 + c1 t + c2 t², in `site`.
struct DescentProfile {
  DescentState start;
  double flight_s = 0;
  Eigen::Vector3d c0_mps2 = Eigen::Vector3d::Zero();
  Eigen::Vector3d c1_mps3 = Eigen::Vector3d::Zero();
  Eigen::Vector3d c2_mps4 = Eigen::Vector3d::Zero();

  Eigen::Vector3d Acceleration_mps2(double t_s) const;
  Eigen::Vector3d Velocity_mps(double t_s) const;
  Eigen::Vector3d Position_m(double t_s) const;
};

/// The quadratic guidance law of the Apollo lunar descent (programs P63 and P64; Klumpp, "Apollo lunar
/// descent guidance", Draper report R-695, 1971; Automatica 10, 1974): the one quadratic acceleration that
/// leads in `flight_s` from `start` to `end` and has `end_acceleration_mps2` there. Its first value,
///
///   c0 = 12 (r_end − r) / T² − 6 (v_end + v) / T + a_end,
///
/// is what a guidance computer that solves anew in every cycle commands. `flight_s` must be positive.
DescentProfile QuadraticProfile(const DescentState& start, const DescentState& end,
                                const Eigen::Vector3d& end_acceleration_mps2, double flight_s);

}  // namespace perilune::nav
