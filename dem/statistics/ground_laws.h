#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dem/synthesis/site_type.h"

namespace perilune::dem {

/// A number that a site type states, and what was measured on ground that was made.
struct LawCheck {
  std::string law;   ///< "slope", "hurst", "size-frequency", "depth/diameter", "rocks"
  std::string what;  ///< the baseline, range or class
  double stated = 0;
  double measured = 0;
  double tolerance = 0;  ///< allowed |measured − stated|
  double samples = 0;    ///< patches, craters or rocks

  bool Holds() const;
};

/// RMS deviation over a baseline, for plots.
struct DeviationPoint {
  double baseline_m = 0;
  double stated_m = 0;
  double measured_m = 0;
};

/// Craters of a diameter and more, per km², for plots.
struct DensityPoint {
  double diameter_m = 0;
  double stated_pkm2 = 0;
  double measured_pkm2 = 0;
};

struct GroundLaws {
  std::vector<LawCheck> checks;
  std::vector<DeviationPoint> deviations;
  std::vector<DensityPoint> densities;
};

struct GroundLawsOptions {
  std::uint64_t first_seed = 1;
  int seeds = 8;
  /// Patches of 96 cells a side for each of the baselines 1, 10, 100 and 400 m, strewn over 400 km of all
  /// seeds: large craters are few, and where one is, slopes are steep at every baseline. With 800 the mean
  /// of a mare scatters by 4 %.
  int patches = 2400;
  int fresh_craters = 150;  ///< whose depths are measured
};

/// Makes ground of a type and measures it: slopes and Hurst exponents from heights, depths of craters from
/// the heights at their catalogued places, exponents of size-frequency and numbers of rocks from the
/// catalogues. Tolerances are those of the project: slopes 10 %, Hurst exponents 0.05, size-frequency
/// exponents 5 %, depth/diameter 10 %, rocks 4 standard deviations of a Poisson count.
GroundLaws MeasureGroundLaws(const SiteType& type, const GroundLawsOptions& options = {});

}  // namespace perilune::dem
