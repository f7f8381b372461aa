#pragma once

#include <vector>

namespace perilune::dem {

/// Craters of the lunar ground reach this many radii: there the blanket has been cut to zero.
inline constexpr double kImpactReach = 3;

/// Height over the surroundings as a function of the squared distance in radii: samples in steps of
/// 1/kPerUnit, times a scale.
struct CraterSection {
  static constexpr int kPerUnit = 64;

  const float* samples = nullptr;
  float scale_m = 1;
  double depth_m = 0;       ///< rim crest to floor
  double rim_height_m = 0;  ///< crest above the surroundings

  /// `rho2` in 0 ≤ ρ² < kImpactReach².
  float HeightAt(float rho2) const {
    const float place = rho2 * static_cast<float>(kPerUnit);
    const int i = static_cast<int>(place);
    return scale_m * (samples[i] + (place - static_cast<float>(i)) * (samples[i + 1] - samples[i]));
  }
};

/// What kind of bowl a simple crater has: craters that reach the rock under the regolith have flat floors.
enum class Bowl { kRound, kFlat };
inline constexpr double kFlatShare = 0.25;

/// The section of a crater of this rim diameter after diffusion κt/R² (linear diffusion of the fresh shape:
/// Soderblom 1970, Fassett and Thomson 2014). Fresh: simple craters with depth/diameter 0.2 (0.14–0.2 below
/// 400 m: Stopar 2017, Sun 2018), a rim of 0.04 D, walls at the angle of repose, ejecta as r⁻³; above 15 km
/// complex ones with flat floor and central peak (depth, rim, floor and peak by Pike 1977 and 1985).
CraterSection SectionOf(double diameter_m, double diffusion, Bowl bowl);

/// Depth over diameter of a fresh crater.
double FreshDepthRatio(double diameter_m);

}  // namespace perilune::dem
