#pragma once

#include <array>
#include <functional>
#include <vector>

#include "dem/synthesis/crater_population.h"
#include "dem/synthesis/lattice_noise.h"

namespace perilune::dem {

/// Sum of R² (m² per m²) of the craters up to `max_diameter_m` that since `exposure` fell on a place and are
/// not smaller than `diameter_m`, by octaves of diameter as GroundTile compares them. Where each takes the
/// share 1 − k away over an area of A R², e^(−A · this) is the mean of what is left (Poisson).
double OverlainArea(double diameter_m, double exposure, double max_diameter_m,
                    const CraterPopulation& population);

/// Relief of the craters with min ≤ D < max: strewn independently (Campbell's theorem over diameters and
/// ages), each with its mean shape, less what younger, not smaller craters have overwritten of it.
/// Secondaries as if each lay for itself.
class CraterRelief {
 public:
  CraterRelief(double min_diameter_m, double max_diameter_m, const CraterPopulation& population);

  /// Mean of (h(x + L) − h(x))², m².
  double Deviation2_m2(double baseline_m) const;

 private:
  void Add(double density_pm2, double diameter_m, double oldest, double relative_depth, double max_diameter_m,
           const CraterPopulation& population);
  void AddPrimaries(double min_diameter_m, double max_diameter_m, const CraterPopulation& population);
  void AddSecondaries(double min_diameter_m, double max_diameter_m, const CraterPopulation& population);

  static constexpr int kAges = 12;
  struct AgedClass {
    double radius_m = 0;
    double weight_m2 = 0;  ///< craters per m² and age class, times R⁴ and the square of the relative depth
    std::array<double, kAges> wear{};
    std::array<double, kAges> left{};
  };
  std::vector<AgedClass> classes_;
};

/// Mean height, m, of the same craters (negative: bowls hold more than rims and blankets).
double ExpectedHeight_m(double min_diameter_m, double max_diameter_m, const CraterPopulation& population);

/// CraterRelief's counterpart: one octave of lattice noise of amplitude 1 as a function of baseline
/// over wavelength, from its spectrum.
double NoiseDeviation2(double baseline_per_wavelength);

/// What the regolith's noise may be made of.
struct NoiseBand {
  double shortest_m = 1.0 / 16;
  double longest_m = 65'536;
};

/// Octaves of noise that, together with the shapes (craters and rocks), have `deviation2_m2` at all baselines
/// of the band (non-negative least squares of the relative error, among nearly equal ones
/// the solution whose octaves differ least). Where the shapes alone have more, the
/// noise there is zero.
std::vector<NoiseOctave> NoiseBeside(const std::function<double(double)>& deviation2_m2,
                                     const std::function<double(double)>& shapes_deviation2_m2,
                                     const NoiseBand& band);

}  // namespace perilune::dem
