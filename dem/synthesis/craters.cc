#include "dem/synthesis/craters.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "dem/synthesis/random.h"

namespace perilune::dem {
namespace {

constexpr double kTrask = 0.079;
constexpr double kFreshDepthRatio = 0.2;
constexpr double kOldestDepthRatio = 0.03;
constexpr double kFreshRimRatio = 0.036;
constexpr double kSimpleLimit_m = 15'000;
constexpr std::uint64_t kCraterStream = 0x637261746572ULL;
constexpr double kCellsPerDiameter = 8;

/// One octave of diameters, cut to what was asked for.
struct Octave {
  int exponent = 0;
  double low_m = 0;  ///< 2^exponent
  double min_diameter_m = 0, max_diameter_m = 0;
};

void VisitCell(const Octave& octave, std::int64_t column, std::int64_t row, std::uint64_t seed,
               const CraterLaw& law, const PlaneRect& rect,
               const std::function<void(const SyntheticCrater&)>& visit) {
  const double cell_m = kCellsPerDiameter * octave.low_m;
  const double dense = law.CumulativeDensity(octave.low_m);
  const double sparse = law.CumulativeDensity(2 * octave.low_m);
  const auto stream = kCraterStream + static_cast<std::uint64_t>(octave.exponent + 64);
  const std::uint64_t key = RandomBits(seed, stream, CellKey(column, row));
  const int count = RandomPoisson((dense - sparse) * cell_m * cell_m, key, 0, 0);
  for (int k = 1; k <= count; ++k) {
    const auto crater_stream = static_cast<std::uint64_t>(k);
    const double diameter_m = law.DiameterAt(dense - RandomUniform(key, crater_stream, 2) * (dense - sparse));
    if (diameter_m < octave.min_diameter_m || diameter_m >= octave.max_diameter_m) continue;
    const double x_m = (static_cast<double>(column) + RandomUniform(key, crater_stream, 0)) * cell_m;
    const double y_m = (static_cast<double>(row) + RandomUniform(key, crater_stream, 1)) * cell_m;
    const double reach_m = kCraterReach * diameter_m / 2;
    if (x_m + reach_m < rect.min_x_m || x_m - reach_m > rect.max_x_m || y_m + reach_m < rect.min_y_m ||
        y_m - reach_m > rect.max_y_m) {
      continue;
    }
    SyntheticCrater crater =
        MakeCrater(diameter_m, DrawDegradation(RandomUniform(key, crater_stream, 3), diameter_m, law));
    crater.x_m = x_m;
    crater.y_m = y_m;
    visit(crater);
  }
}

void VisitOctave(const Octave& octave, std::uint64_t seed, const CraterLaw& law, const PlaneRect& rect,
                 const std::function<void(const SyntheticCrater&)>& visit) {
  const double cell_m = kCellsPerDiameter * octave.low_m;
  const double reach_m = kCraterReach * octave.max_diameter_m / 2;
  const auto cell_of = [cell_m](double v) { return static_cast<std::int64_t>(std::floor(v / cell_m)); };
  for (std::int64_t row = cell_of(rect.min_y_m - reach_m); row <= cell_of(rect.max_y_m + reach_m); ++row) {
    for (std::int64_t column = cell_of(rect.min_x_m - reach_m); column <= cell_of(rect.max_x_m + reach_m);
         ++column) {
      VisitCell(octave, column, row, seed, law, rect, visit);
    }
  }
}

}  // namespace

void CraterLaw::Validate() const {
  if (!(density_scale >= 0) || density_scale > 10) {
    throw std::invalid_argument("density_scale " + std::to_string(density_scale) + " is not in 0..10");
  }
  if (!(transition_diameter_m > 0) || !std::isfinite(transition_diameter_m)) {
    throw std::invalid_argument("transition_diameter_m " + std::to_string(transition_diameter_m) +
                                " is not positive");
  }
  if (!(production_exponent > 0) || production_exponent > 10) {
    throw std::invalid_argument("production_exponent " + std::to_string(production_exponent) +
                                " is not in 0..10");
  }
}

double CraterLaw::CumulativeDensity(double diameter_m) const {
  const double equilibrium_end = std::min(diameter_m, transition_diameter_m);
  const double density = density_scale * kTrask / (equilibrium_end * equilibrium_end);
  if (diameter_m <= transition_diameter_m) return density;
  return density * std::pow(diameter_m / transition_diameter_m, -production_exponent);
}

double CraterLaw::DiameterAt(double density_pm2) const {
  const double at_transition = CumulativeDensity(transition_diameter_m);
  if (density_pm2 >= at_transition) return std::sqrt(density_scale * kTrask / density_pm2);
  return transition_diameter_m * std::pow(density_pm2 / at_transition, -1 / production_exponent);
}

SyntheticCrater MakeCrater(double diameter_m, double degradation) {
  const double wear = std::pow(kOldestDepthRatio / kFreshDepthRatio, degradation);
  SyntheticCrater crater;
  crater.diameter_m = diameter_m;
  crater.degradation = degradation;
  double fresh_depth_m = kFreshDepthRatio * diameter_m;
  if (diameter_m > kSimpleLimit_m) fresh_depth_m = 1044 * std::pow(diameter_m / 1000, 0.301);
  crater.depth_m = wear * std::min(fresh_depth_m, kFreshDepthRatio * diameter_m);
  crater.rim_height_m = std::min(wear * kFreshRimRatio * diameter_m, 0.3 * crater.depth_m);
  return crater;
}

double DrawDegradation(double uniform, double diameter_m, const CraterLaw& law) {
  // √u crowds the old ages in equilibrium; over two octaves above the transition it turns into u.
  const double above = std::clamp(std::log2(diameter_m / law.transition_diameter_m) / 2, 0.0, 1.0);
  return std::pow(uniform, 0.5 + 0.5 * above);
}

void VisitCraters(const PlaneRect& rect, double min_diameter_m, double max_diameter_m, std::uint64_t seed,
                  const CraterLaw& law, const std::function<void(const SyntheticCrater&)>& visit) {
  if (!(max_diameter_m > min_diameter_m) || law.density_scale == 0) return;
  const int top = static_cast<int>(std::ceil(std::log2(max_diameter_m))) - 1;
  const int bottom = static_cast<int>(std::floor(std::log2(min_diameter_m)));
  for (int exponent = top; exponent >= bottom; --exponent) {
    const double low_m = std::ldexp(1.0, exponent);
    VisitOctave({exponent, low_m, std::max(min_diameter_m, low_m), std::min(max_diameter_m, 2 * low_m)}, seed,
                law, rect, visit);
  }
}

std::vector<SyntheticCrater> CratersIn(const PlaneRect& rect, double min_diameter_m, double max_diameter_m,
                                       std::uint64_t seed, const CraterLaw& law) {
  std::vector<SyntheticCrater> craters;
  VisitCraters(rect, min_diameter_m, max_diameter_m, seed, law, [&](const SyntheticCrater& crater) {
    if (crater.x_m >= rect.min_x_m && crater.x_m < rect.max_x_m && crater.y_m >= rect.min_y_m &&
        crater.y_m < rect.max_y_m) {
      craters.push_back(crater);
    }
  });
  return craters;
}

}  // namespace perilune::dem
