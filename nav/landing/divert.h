#pragma once

#include <Eigen/Core>
#include <functional>
#include <limits>
#include <vector>

#include "nav/landing/descent_profile.h"

namespace perilune::nav {

/// What the lander's propulsion allows, and how it comes down on the last metres.
struct DivertLimits {
  double mass_kg = 1000;         ///< now, with fuel
  double fuel_kg = 150;          ///< of it that may be burnt
  double max_thrust_n = 3500;    ///< 2.1 lunar weights of the default mass
  double min_thrust_n = 0;       ///< the engine cannot be throttled further; 0: it can be shut off
  double isp_s = 310;            ///< specific impulse, of 9.80665 m/s² (storable propellants)
  double max_tilt_rad = 0.5236;  ///< of the thrust against the local vertical: 30°, what sensors still bear
  double max_time_s = 0;         ///< to touchdown at most; 0: as long as the fuel lasts
  /// Guided flight ends upright over the site at this height, sinking at this speed; so it goes on to the
  /// ground, the thrust bearing the weight. Dust and a wrong altimeter leave no room for more.
  double gate_height_m = 15;
  double gate_speed_mps = 1.5;
  double clearance_m = 10;  ///< over the ground until the gate; at most gate_height_m
  /// Of thrust (at both ends), tilt and fuel: kept back, so that a lander that steers anew all the time in
  /// the Moon's true gravity gets there. Without it 2 of 1 000 plans that use a limit up did not.
  double reserve_share = 0.05;

  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

/// Height of a point given in `site` over the ground below it, m; NaN where the ground is not known.
using HeightOverGround = std::function<double(const Eigen::Vector3d& point_in_site_m)>;

enum class DivertStatus {
  kReachable,
  kOutOfReach,      ///< no flight keeps thrust, tilt, fuel and time
  kGroundInTheWay,  ///< those that do (the cheapest and some of the others are looked at) come too near to it
};

struct DivertPlan {
  DivertStatus status = DivertStatus::kOutOfReach;
  // Of the cheapest flight; NaN where there is none.
  double delta_v_mps = std::numeric_limits<double>::quiet_NaN();  ///< to touchdown, gravity losses included
  double fuel_kg = std::numeric_limits<double>::quiet_NaN();
  double time_s = std::numeric_limits<double>::quiet_NaN();  ///< to touchdown
  std::vector<DescentProfile> legs;  ///< until the gate; the last is the quadratic law's

  bool Reachable() const { return status == DivertStatus::kReachable; }
};

/// Can the lander come down at `aim_in_site_m`, and what does the cheapest way cost?
///
/// Model, with limits less their reserve: a point mass; gravity constant, that of the aim, towards the Moon's
/// centre; thrust in any direction within the tilt limit, at once (no slew rate); mass falls as m exp(−Δv /
/// (g0 Isp)). A flight has up to three legs: full thrust at full tilt towards the aim (or against the way,
/// where it would overshoot); idling, without thrust or with the least there is; and the quadratic law of
/// Apollo (descent_profile.h) to the gate, where the thrust is vertical. Their durations and the last
/// deceleration are searched on a grid, then around the best. A flight counts when thrust, tilt and fuel are
/// within limits over its whole length, by bounds (burn.h); `delta_v_mps` is such an upper bound, below 0.5 %
/// over the integral. The height over the ground is sampled every `ground_step_m`; where the ground is not
/// known it counts as being as high as the aim. docs/landing-sites.md says how far sites lie that other
/// flights would reach.
///
/// Throws std::invalid_argument for limits that do not validate and numbers that are not finite.
DivertPlan PlanDivert(const DescentState& state, const Eigen::Vector3d& aim_in_site_m,
                      const DivertLimits& limits, const HeightOverGround& height_over_ground = nullptr,
                      double ground_step_m = 1);

/// False where no flight whatsoever within these limits ends at rest so far to the side: a quick test for
/// many aims.
bool MayBeReachable(const DescentState& state, const Eigen::Vector3d& aim_in_site_m,
                    const DivertLimits& limits);

/// Acceleration of gravity at a point, m/s², in `site`.
Eigen::Vector3d GravityAt_mps2(const Eigen::Vector3d& point_in_site_m);

/// m/s, of burning `fuel_kg` of `mass_kg`.
double DeltaVOfFuel_mps(double fuel_kg, double mass_kg, double isp_s);

}  // namespace perilune::nav
