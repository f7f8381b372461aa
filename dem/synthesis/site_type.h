#pragma once

#include <array>
#include <string>

namespace perilune::dem {

/// Up to here Hurst exponents of maria and highlands do not differ (Cai and Fa 2020, NAC DTMs to 200 m: 0.7
/// to 0.95, median 0.9 in both); from here on they do (Rosenburg et al. 2011, LOLA from 57 m: 0.76 and 0.95).
inline constexpr double kFineUpTo_m = 100;

/// What a kind of lunar ground is made of: every number that `LunarGround` uses of a site. Slopes are RMS
/// bidirectional: the square root of the mean of (h(x + L) − h(x))²/L², as an angle.
struct SiteType {
  const char* name = "";
  /// Model age of the surface, Ga: sets how many craters were made (Neukum, Ivanov and Hartmann 2001).
  double age_ga = 0;
  /// Equilibrium of small craters: N(>D) = equilibrium · D⁻² per m², D in m, down to the faintest hollows,
  /// and below kSteepUpTo_m steeper by `equilibrium_excess_slope` (CraterPopulation). Geometric saturation is
  /// 1.54. Those that one would count, depth/diameter ≥ 0.04 or κt/R² < 0.3, are 43 %.
  double equilibrium = 0;
  double equilibrium_excess_slope = 0;
  /// Squared deviations of ground made of nothing but these craters, relative to CraterRelief's: mean of 1,
  /// 10, 100 and 400 m as measured over 32 seeds. 1 for craters up to 16 baselines on all types (a test
  /// measures again). Above 1 where kilometre-sized craters, which hardly wear, are so many that they cut
  /// each other: new walls arise there.
  double crater_excess = 1;
  /// RMS slope at a baseline of 10 m, rad; at others it goes with L^(H − 1): H = `fine_hurst` up to
  /// kFineUpTo_m, `hurst` from there to about `break_m`, 1/2 beyond.
  double slope_at_10m_rad = 0;
  double fine_hurst = 0;
  double hurst = 0;
  double break_m = 0;
  /// Share of the ground that rocks of all sizes cover away from fresh craters (Golombek's k).
  double rock_cover = 0;
  /// Mean normal albedo, and the 1 sigma of its correlated variation relative to it.
  double albedo = 0;
  double albedo_sigma = 0;

  /// RMS slope, rad, that the site states at a baseline: all ingredients together.
  double Slope_rad(double baseline_m) const;
  /// The mean of (h(x + L) − h(x))², m², that belongs to it.
  double Deviation2_m2(double baseline_m) const;
};

/// mare, highland, polar, ejecta (young). Sources of the numbers: docs/terrain.md.
const std::array<SiteType, 4>& SiteTypes();

/// Throws std::invalid_argument that names the types there are.
const SiteType& SiteTypeNamed(const std::string& name);

}  // namespace perilune::dem
