#include "nav/landing/descent_profile.h"

namespace perilune::nav {

Eigen::Vector3d DescentProfile::Acceleration_mps2(double t_s) const {
  return c0_mps2 + t_s * (c1_mps3 + t_s * c2_mps4);
}

Eigen::Vector3d DescentProfile::Velocity_mps(double t_s) const {
  return start.velocity_in_site_mps + t_s * (c0_mps2 + t_s * (c1_mps3 / 2 + t_s * c2_mps4 / 3));
}

Eigen::Vector3d DescentProfile::Position_m(double t_s) const {
  return start.position_in_site_m +
         t_s * (start.velocity_in_site_mps + t_s * (c0_mps2 / 2 + t_s * (c1_mps3 / 6 + t_s * c2_mps4 / 12)));
}

DescentProfile QuadraticProfile(const DescentState& start, const DescentState& end,
                                const Eigen::Vector3d& end_acceleration_mps2, double flight_s) {
  const double T = flight_s;
  const Eigen::Vector3d way = end.position_in_site_m - start.position_in_site_m;
  const Eigen::Vector3d& v = start.velocity_in_site_mps;
  const Eigen::Vector3d& v_end = end.velocity_in_site_mps;
  DescentProfile profile{start, T};
  profile.c0_mps2 = 12 * way / (T * T) - 6 * (v_end + v) / T + end_acceleration_mps2;
  // c1 T + c2 T² and c1 T / 2 + c2 T² / 3: the change of the acceleration, and of its mean, against c0.
  const Eigen::Vector3d change = end_acceleration_mps2 - profile.c0_mps2;
  const Eigen::Vector3d mean_change = (v_end - v) / T - profile.c0_mps2;
  profile.c1_mps3 = (6 * mean_change - 2 * change) / T;
  profile.c2_mps4 = 3 * (change - 2 * mean_change) / (T * T);
  return profile;
}

}  // namespace perilune::nav
