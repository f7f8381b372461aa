#include "vision/render/solar_flux.h"

#include <cmath>
#include <stdexcept>
#include <string>

#include "dem/frames/moon.h"

namespace perilune::vision {
namespace {

/// Share of a black body's light below a wavelength: 15/π⁴ Σ e^(−nx)/n (x³ + 3x²/n + 6x/n² + 6/n³), with
/// x = hc/(λkT).
double ShareBelow(double wavelength_m, double temperature_k) {
  constexpr double kSecondRadiation_mK = 1.438776877e-2;  // hc/k, CODATA 2018
  const double x = kSecondRadiation_mK / (wavelength_m * temperature_k);
  double sum = 0;
  for (int n = 1; n <= 1000; ++n) {
    const double term = std::exp(-n * x) / n * (x * x * x + 3 * x * x / n + 6 * x / n / n + 6.0 / n / n / n);
    sum += term;
    if (term < 1e-15 * sum) break;
  }
  return 15 / std::pow(dem::kPi, 4) * sum;
}

}  // namespace

double SolarBand::Flux_Wpm2() const {
  if (!(distance_au > 0) || !std::isfinite(distance_au)) {
    throw std::invalid_argument("solar band: distance_au is " + std::to_string(distance_au) +
                                ", must be positive");
  }
  if (!(fraction > 0 && fraction <= 1)) {
    throw std::invalid_argument("solar band: fraction is " + std::to_string(fraction) +
                                ", must be above 0 and up to 1");
  }
  return fraction * kSolarConstant_Wpm2 / (distance_au * distance_au);
}

double RadianceFromFactor_Wpm2sr(double radiance_factor, const SolarBand& band) {
  return radiance_factor * band.Flux_Wpm2() / dem::kPi;
}

double BlackBodyFraction(double shortest_m, double longest_m, double temperature_k) {
  if (!(shortest_m > 0 && shortest_m < longest_m && temperature_k > 0)) {
    throw std::invalid_argument("black body: needs 0 < shortest < longest and a positive temperature, has " +
                                std::to_string(shortest_m) + " m, " + std::to_string(longest_m) + " m, " +
                                std::to_string(temperature_k) + " K");
  }
  return ShareBelow(longest_m, temperature_k) - ShareBelow(shortest_m, temperature_k);
}

}  // namespace perilune::vision
