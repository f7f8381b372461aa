#pragma once

#include "dem/synthesis/craters.h"

namespace perilune::dem {

/// Height of a crater over its surroundings as a function of the distance from its centre: a parabolic bowl
/// (with a flat floor above 15 km), a rounded rim, and an ejecta blanket that falls as r⁻³ (McGetchin 1973)
/// and is cut to zero between 1.5 and 2.5 radii. C1; degraded craters have the rounder rim. At the radius the
/// height is the rim height.
class CraterProfile {
 public:
  explicit CraterProfile(const SyntheticCrater& crater);

  float radius_m() const { return radius_m_; }

  /// Height, m, at (distance/radius)² = rho2. Exactly 0 from kCraterReach on.
  float HeightAt(float rho2) const;

  /// ∫ height dA over the plane, m³ (mostly negative: fresh bowls hold more than their blankets).
  double Volume_m3() const;

 private:
  float radius_m_ = 0;
  float bowl_bottom_m_ = 0;  ///< of the paraboloid, before the flat floor
  float bowl_rise_m_ = 0;    ///< from its bottom to the radius
  float floor_m_ = 0;
  float floor_rounding_m_ = 1;
  float blanket_m_ = 0;
  float rim_rounding_m_ = 1;
};

inline float CraterProfile::HeightAt(float rho2) const {
  // Branch-free, so that a loop over a row is vectorised; smooth maximum and minimum are the polynomial ones.
  const float safe2 = rho2 > 0.01F ? rho2 : 0.01F;
  const float rho = __builtin_sqrtf(safe2);
  const float paraboloid = bowl_bottom_m_ + bowl_rise_m_ * rho2;
  const float floor_gap = __builtin_fabsf(paraboloid - floor_m_);
  const float floor_overlap = floor_gap < floor_rounding_m_ ? floor_rounding_m_ - floor_gap : 0.0F;
  const float bowl = (paraboloid > floor_m_ ? paraboloid : floor_m_) +
                     floor_overlap * floor_overlap * (0.25F / floor_rounding_m_);

  const float to_edge = static_cast<float>(kCraterReach) - rho;
  const float inside = to_edge > 0.0F ? to_edge : 0.0F;
  const float s = inside < 1.0F ? inside : 1.0F;
  const float blanket = blanket_m_ * (s * s * (3.0F - 2.0F * s)) / (safe2 * rho);

  const float rim_gap = __builtin_fabsf(bowl - blanket);
  const float rim_overlap = rim_gap < rim_rounding_m_ ? rim_rounding_m_ - rim_gap : 0.0F;
  return (bowl < blanket ? bowl : blanket) - rim_overlap * rim_overlap * (0.25F / rim_rounding_m_);
}

}  // namespace perilune::dem
