#include "dem/synthesis/crater_population.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace perilune::dem {
namespace {

constexpr int kFirstOctave = -8, kLastOctave = 18, kPerOctave = 16;

constexpr std::array<double, 12> kProduction = {0,         -3.557528, 0.781027, 1.021521,
                                                -0.156012, -0.444058, 0.019977, 0.086850,
                                                -0.005874, -0.006809, 8.25e-4,  5.54e-5};

double LogProduction(double log_diameter_km) {
  double sum = 0;
  for (std::size_t j = kProduction.size(); j-- > 0;) sum = sum * log_diameter_km + kProduction[j];
  return sum;
}

}  // namespace

double ChronologyDensity_pkm2(double age_ga) {
  return 5.44e-14 * (std::exp(6.93 * age_ga) - 1) + 8.38e-4 * age_ga;
}

double ProductionRatio(double diameter_m) {
  constexpr double kSmallest = -2, kLargest = 2.477;
  const double x = std::log10(diameter_m / 1000);
  const double inside = std::clamp(x, kSmallest, kLargest);
  const double slope =
      x < kSmallest ? (LogProduction(kSmallest + 0.01) - LogProduction(kSmallest)) / 0.01 : -2.0;
  return std::pow(10.0, LogProduction(inside) + slope * (x - inside));
}

double CraterPopulation::Saturated_pm2(double diameter_m) const {
  const double steep_m = std::clamp(diameter_m, kSteepFrom_m, kSteepUpTo_m);
  return equilibrium_ * std::pow(steep_m / kSteepUpTo_m, -excess_slope_) / (diameter_m * diameter_m);
}

CraterPopulation::CraterPopulation(double age_ga, double equilibrium, double excess_slope)
    : equilibrium_(equilibrium),
      excess_slope_(excess_slope),
      chronology_pm2_(ChronologyDensity_pkm2(age_ga) * 1e-6) {
  for (int i = 0; i <= (kLastOctave - kFirstOctave) * kPerOctave; ++i) {
    const double diameter_m = std::exp2(kFirstOctave + static_cast<double>(i) / kPerOctave);
    const double production = chronology_pm2_ * ProductionRatio(diameter_m);
    const double saturated = Saturated_pm2(diameter_m);
    if (production >= saturated) equilibrium_diameter_m_ = diameter_m;
    log_density_.push_back(std::log2(std::min(production, saturated)));
  }
}

double CraterPopulation::Density(double diameter_m) const {
  const double place = std::clamp((std::log2(diameter_m) - kFirstOctave) * kPerOctave, 0.0,
                                  static_cast<double>(log_density_.size() - 1));
  const auto i = std::min(static_cast<std::size_t>(place), log_density_.size() - 2);
  const double f = place - static_cast<double>(i);
  return std::exp2(log_density_[i] + f * (log_density_[i + 1] - log_density_[i]));
}

double CraterPopulation::DiameterAt(double density_pm2) const {
  const double value = std::log2(density_pm2);
  const auto above = std::lower_bound(log_density_.begin(), log_density_.end(), value, std::greater<>());
  const auto i = static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(
      above - log_density_.begin() - 1, 0, static_cast<std::ptrdiff_t>(log_density_.size()) - 2));
  const double f = (value - log_density_[i]) / (log_density_[i + 1] - log_density_[i]);
  return std::exp2(kFirstOctave + (static_cast<double>(i) + f) / kPerOctave);
}

double CraterPopulation::Lifetime(double diameter_m) const {
  return Saturated_pm2(diameter_m) / (chronology_pm2_ * ProductionRatio(diameter_m));
}

double CraterPopulation::Diffusion(double diameter_m, double exposure) const {
  constexpr double kLargestWornAway_m = 1000;
  const double worn_m = std::min(diameter_m, kLargestWornAway_m);
  return kLifetimeDiffusion * exposure / Lifetime(worn_m) * (worn_m / diameter_m);
}

double CraterPopulation::Age_ga(double exposure) const {
  const double density = exposure * chronology_pm2_ * 1e6;
  double low = 0, high = 4.5;
  for (int i = 0; i < 40; ++i) {
    const double middle = (low + high) / 2;
    (ChronologyDensity_pkm2(middle) < density ? low : high) = middle;
  }
  return low;
}

}  // namespace perilune::dem
