#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace perilune::dem {

/// How many craters there are: cumulative density N(>D) per m². Up to `transition_diameter_m` the surface is
/// in equilibrium, N = scale · 0.079 · D⁻² (Trask 1966); above it craters have not yet saturated the surface
/// and N falls with `production_exponent`, continuous at the transition.
struct CraterLaw {
  /// Multiplies all densities; 1 = Trask's equilibrium.
  double density_scale = 1;
  /// Largest diameter in equilibrium, m: some 200–300 m in maria, kilometres in old uplands (default).
  double transition_diameter_m = 4000;
  /// 3 meets the upland density of 3e-4 craters of 10 km and more per km²; young maria are steeper (3–3.5).
  double production_exponent = 3;

  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
  /// N(>D) per m².
  double CumulativeDensity(double diameter_m) const;
  /// The diameter with N(>D) = density.
  double DiameterAt(double density_pm2) const;
};

/// One crater of the synthetic plane. Positions are site (x, y).
struct SyntheticCrater {
  double x_m = 0;
  double y_m = 0;
  double diameter_m = 0;    ///< rim to rim
  double depth_m = 0;       ///< rim crest to floor
  double rim_height_m = 0;  ///< crest above the surroundings
  double degradation = 0;   ///< 0 = fresh, 1 = nearly gone
};

/// A half-open rectangle of the site plane, m.
struct PlaneRect {
  double min_x_m = 0, max_x_m = 0, min_y_m = 0, max_y_m = 0;
};

/// Craters reach this many radii: there the ejecta blanket has been cut to zero.
inline constexpr double kCraterReach = 2.5;

/// The crater of a diameter and degradation at the origin: depth/diameter from 0.2 (fresh; Pike 1977) down to
/// 0.03, above 15 km the shallower complex craters (depth 1.044 D^0.301 km, Pike 1977); rim height 0.036 D
/// when fresh.
SyntheticCrater MakeCrater(double diameter_m, double degradation);

/// Degradation of a crater from a uniform draw in [0, 1): in equilibrium most are old, above the transition
/// all ages are alike.
double DrawDegradation(double uniform, double diameter_m, const CraterLaw& law);

/// Calls `visit` for the craters with min ≤ D < max whose profile may touch `rect`, in an order that depends
/// on the plane alone: diameters from large to small octaves, cells by row and column. The population is a
/// pure function of (seed, law): the craters of two diameter ranges or two rectangles are subsets of one
/// infinite plane. Diameters are drawn by octaves [2^b, 2^(b+1)) m in cells of 8·2^b m with a Poisson count
/// each.
void VisitCraters(const PlaneRect& rect, double min_diameter_m, double max_diameter_m, std::uint64_t seed,
                  const CraterLaw& law, const std::function<void(const SyntheticCrater&)>& visit);

/// The craters whose centre lies in `rect`, in the order of VisitCraters.
std::vector<SyntheticCrater> CratersIn(const PlaneRect& rect, double min_diameter_m, double max_diameter_m,
                                       std::uint64_t seed, const CraterLaw& law);

}  // namespace perilune::dem
