#include "nav/landing/burn.h"

#include <algorithm>
#include <cmath>

namespace perilune::nav {

namespace {

constexpr int kChords = 24;

/// Distance of the origin from the segment a–b.
double DistanceToOrigin(const Eigen::Vector3d& a, const Eigen::Vector3d& b) {
  const Eigen::Vector3d along = b - a;
  const double length2 = along.squaredNorm();
  const double t = length2 > 0 ? std::clamp(-a.dot(along) / length2, 0.0, 1.0) : 0.0;
  return (a + t * along).norm();
}

}  // namespace

std::optional<Burn> BurnWithinLimits(const DescentProfile& leg, const LocalGravity& gravity,
                                     const DivertLimits& limits, double budget_mps, const Burn& before) {
  const double exhaust_mps = kStandardGravity_mps2 * limits.isp_s;
  const double tan_tilt = std::tan(limits.max_tilt_rad);
  const bool constant = leg.c1_mps3.isZero(0) && leg.c2_mps4.isZero(0);
  const int chords = constant ? 1 : kChords;
  const double h = leg.flight_s / chords;
  const double off_chord = leg.c2_mps4.norm() * h * h / 4;
  const double up_off_chord = std::abs(leg.c2_mps4.dot(gravity.up)) * h * h / 4;
  const Eigen::Vector3d mean_off_chord = leg.c2_mps4 * (h * h / 6);
  const Eigen::Vector3d weight = gravity.strength_mps2 * gravity.up;
  const auto within_tilt = [&](const Eigen::Vector3d& thrust) {
    const double upward = thrust.dot(gravity.up);
    const double sideways = (thrust - upward * gravity.up).norm() + off_chord;
    // Rounding: a leg at the limit is made with sine and cosine of it.
    return sideways <= tan_tilt * (upward - up_off_chord) + 1e-12;
  };

  Burn burn = before;
  Eigen::Vector3d thrust = leg.c0_mps2 + weight;
  if (!within_tilt(thrust)) return std::nullopt;
  for (int i = 1; i <= chords; ++i) {
    const Eigen::Vector3d next = leg.Acceleration_mps2(i * h) + weight;
    const double heaviest_kg = limits.mass_kg * std::exp(-burn.least_mps / exhaust_mps);
    const double strongest = std::max(thrust.norm(), next.norm()) + off_chord;
    if (heaviest_kg * strongest > limits.max_thrust_n * (1 + 1e-12) || !within_tilt(next))
      return std::nullopt;
    burn.most_mps += h * (0.5 * (thrust.norm() + next.norm()) + mean_off_chord.norm());
    if (burn.most_mps > budget_mps) return std::nullopt;
    if (limits.min_thrust_n > 0) {
      const double lightest_kg = limits.mass_kg * std::exp(-burn.most_mps / exhaust_mps);
      if (lightest_kg * (DistanceToOrigin(thrust, next) - off_chord) < limits.min_thrust_n)
        return std::nullopt;
    }
    burn.least_mps += h * (0.5 * (thrust + next) - mean_off_chord).norm();
    thrust = next;
  }
  return burn;
}

}  // namespace perilune::nav
