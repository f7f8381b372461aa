#pragma once

#include <Eigen/Core>
#include <optional>

#include "nav/landing/descent_profile.h"
#include "nav/landing/divert.h"

namespace perilune::nav {

inline constexpr double kStandardGravity_mps2 = 9.80665;

/// The Δv that a flight took so far, between two bounds.
struct Burn {
  double most_mps = 0;
  double least_mps = 0;
};

/// Local vertical and gravity, constant over a flight.
struct LocalGravity {
  Eigen::Vector3d up = Eigen::Vector3d::UnitZ();
  double strength_mps2 = 0;
};

/// The burn after one more leg, when thrust and tilt are within `limits` (their reserve is not looked at) all
/// the way and at most `budget_mps` is spent; else nothing. Bounds, not samples: between two of 24 samples
/// the acceleration is within c2 h²/4 of its chord, and ball and cone are convex, so they hold the chord when
/// they hold its ends; ∫|a| is at most that of the chord's ends plus the parabola's, at least |∫a|.
std::optional<Burn> BurnWithinLimits(const DescentProfile& leg, const LocalGravity& gravity,
                                     const DivertLimits& limits, double budget_mps, const Burn& before);

}  // namespace perilune::nav
