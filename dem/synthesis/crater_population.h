#pragma once

#include <vector>

namespace perilune::dem {

/// Craters of 1 km and more that a surface collected, per km² (Neukum, Ivanov and Hartmann 2001, eq. 5).
/// Accumulated impacts: the clock of everything that impacts wear down.
double ChronologyDensity_pkm2(double age_ga);

/// Shape of the production function, N(>D)/N(>1 km) (the same, table 1, "new"): polynomial of degree 11 in
/// log10 D from 10 m to 300 km; below 10 m it goes on with its slope there.
double ProductionRatio(double diameter_m);

/// The craters that are to be seen on a surface, and how worn they are. Impacts make craters by the
/// production function; diffusion takes each away after a lifetime that grows with its size. Lifetimes are
/// such that the small craters stand in the equilibrium observed; so the wear of every crater follows from
/// its age, and the diffusivity is no free number (a test compares it with Fassett and Thomson 2014).
class CraterPopulation {
 public:
  /// In equilibrium N(>D) = equilibrium · D⁻² per m², from kSteepFrom_m up to kSteepUpTo_m
  /// (D / kSteepUpTo_m)^−excess_slope times that and below them with D⁻² on.
  CraterPopulation(double age_ga, double equilibrium, double excess_slope = 0);

  /// N(>D) per m² of craters that are there to be seen: the smaller of production and equilibrium.
  double Density(double diameter_m) const;
  /// The diameter with Density = `density_pm2`.
  double DiameterAt(double density_pm2) const;
  /// Lifetime of a crater in units of the surface's exposure; over 1 where no crater has died yet.
  double Lifetime(double diameter_m) const;
  /// Diffusion κt/R² of a crater of that age. Up to 1 km it is used up at the end of the lifetime; larger
  /// craters die by being hit and buried before diffusion, which goes as 1/D there, has worn them down.
  double Diffusion(double diameter_m, double exposure) const;
  /// Below it craters are in equilibrium, m.
  double EquilibriumDiameter_m() const { return equilibrium_diameter_m_; }
  /// Age, Ga, of what has seen this share of the surface's impacts.
  double Age_ga(double exposure) const;

 private:
  double Saturated_pm2(double diameter_m) const;

  double equilibrium_ = 0;
  double excess_slope_ = 0;
  double chronology_pm2_ = 0;
  double equilibrium_diameter_m_ = 0;
  std::vector<double> log_density_;  ///< of diameters 2^(kFirst + i/kPerOctave)
};

/// Between these diameters, m, the equilibrium may be steeper than D⁻².
inline constexpr double kSteepFrom_m = 4, kSteepUpTo_m = 100;

/// Diffusion κt/R² after which a crater counts as gone: 4 % of its depth is left.
inline constexpr double kLifetimeDiffusion = 0.7;

}  // namespace perilune::dem
