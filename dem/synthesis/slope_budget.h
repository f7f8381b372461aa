#pragma once

#include <functional>
#include <vector>

#include "dem/synthesis/crater_population.h"
#include "dem/synthesis/lattice_noise.h"

namespace perilune::dem {

/// Mean of (h(x + L) − h(x))², m², of craters with min ≤ D < max that are strewn independently (Campbell's
/// theorem over diameters and ages), by a section through their mean shape.
double CraterDeviation2_m2(double baseline_m, double min_diameter_m, double max_diameter_m,
                           const CraterPopulation& population);

/// Mean height, m, of the same craters (negative: bowls hold more than rims and blankets).
double ExpectedHeight_m(double min_diameter_m, double max_diameter_m, const CraterPopulation& population);

/// CraterDeviation2_m2's counterpart: one octave of lattice noise of amplitude 1 as a function of baseline
/// over wavelength, from its spectrum.
double NoiseDeviation2(double baseline_per_wavelength);

/// What the regolith's noise may be made of.
struct NoiseBand {
  double shortest_m = 1.0 / 16;
  double longest_m = 65'536;
};

/// Octaves of noise that, together with the shapes (craters and rocks), have `deviation2_m2` at all baselines
/// of the band (non-negative least squares of the relative error). Where the shapes alone have more, the
/// noise there is zero.
std::vector<NoiseOctave> NoiseBeside(const std::function<double(double)>& deviation2_m2,
                                     const std::function<double(double)>& shapes_deviation2_m2,
                                     const NoiseBand& band);

}  // namespace perilune::dem
