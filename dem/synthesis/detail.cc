#include "dem/synthesis/detail.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "dem/checks/require.h"
#include "dem/synthesis/crater_profile.h"
#include "dem/synthesis/lattice_noise.h"
#include "dem/synthesis/tiles.h"

namespace perilune::dem {
namespace {

constexpr double kReferenceWavelength_m = 128;
constexpr std::uint64_t kFractalStream = 0x6672616374616cULL;

std::vector<NoiseOctave> FractalOctaves(const DetailOptions& options) {
  std::vector<NoiseOctave> octaves;
  if (options.fractal_slope_rad == 0) return octaves;
  const int top = static_cast<int>(std::ceil(std::log2(options.fractal_longest_m))) - 1;
  for (int k = top; std::ldexp(1.0, k) >= options.fractal_shortest_m; --k) {
    const double wavelength_m = std::ldexp(1.0, k);
    const double slope = std::tan(options.fractal_slope_rad) *
                         std::pow(wavelength_m / kReferenceWavelength_m, options.hurst - 1);
    octaves.push_back({wavelength_m, slope * (wavelength_m / kLatticePerWavelength) / kLatticeSlope,
                       kFractalStream + static_cast<std::uint64_t>(k + 64)});
  }
  return octaves;
}

}  // namespace

void DetailOptions::Validate() const {
  Require(min_diameter_m > 0, "min_diameter_m", min_diameter_m, "positive");
  Require(max_diameter_m >= min_diameter_m && max_diameter_m <= 1e6, "max_diameter_m", max_diameter_m,
          "between min_diameter_m and 1e6");
  Require(fractal_shortest_m > 0, "fractal_shortest_m", fractal_shortest_m, "positive");
  Require(fractal_longest_m >= fractal_shortest_m && fractal_longest_m <= 1e6, "fractal_longest_m",
          fractal_longest_m, "between fractal_shortest_m and 1e6");
  Require(fractal_slope_rad >= 0 && fractal_slope_rad < 0.5, "fractal_slope_rad", fractal_slope_rad,
          "in 0..0.5");
  Require(hurst > 0 && hurst <= 1.5, "hurst", hurst, "in 0..1.5");
  craters.Validate();
}

double ExpectedCraterHeight_m(const DetailOptions& options) {
  constexpr int kDiameters = 12, kAges = 12;
  const CraterLaw& law = options.craters;
  if (!(options.max_diameter_m > options.min_diameter_m) || law.density_scale == 0) return 0;
  const int intervals =
      std::max(1, static_cast<int>(std::ceil(std::log2(options.max_diameter_m / options.min_diameter_m))));
  const double step =
      std::pow(options.max_diameter_m / options.min_diameter_m, 1.0 / (intervals * kDiameters));
  double height_m = 0;
  for (int i = 0; i < intervals * kDiameters; ++i) {
    const double low_m = options.min_diameter_m * std::pow(step, i);
    const double density = law.CumulativeDensity(low_m) - law.CumulativeDensity(low_m * step);
    const double diameter_m = low_m * std::sqrt(step);
    for (int k = 0; k < kAges; ++k) {
      const double degradation = DrawDegradation((k + 0.5) / kAges, diameter_m, law);
      height_m += density / kAges * CraterProfile(MakeCrater(diameter_m, degradation)).Volume_m3();
    }
  }
  return height_m;
}

void AddLunarDetail(Grid<float>& height_m, const PlaneWindow& window, const DetailOptions& options) {
  options.Validate();
  ValidateWindow(window);
  if (height_m.width != window.width || height_m.height != window.height) {
    throw std::invalid_argument("window: its shape is not the grid's");
  }
  const auto octaves = FractalOctaves(options);
  const auto balance_m = static_cast<float>(-ExpectedCraterHeight_m(options));
  ForEachTile(
      height_m, window,
      [&](SynthesisTile& tile) {
        for (const NoiseOctave& octave : octaves)
          AddNoise(octave, options.seed, tile.xs_m, tile.ys_m, tile.values);
        VisitCraters(tile.Rect(), options.min_diameter_m, options.max_diameter_m, options.seed,
                     options.craters, [&tile](const SyntheticCrater& crater) {
                       const CraterProfile profile(crater);
                       StampCrater(
                           crater, [&profile](float rho2) { return profile.HeightAt(rho2); }, tile);
                     });
      },
      [balance_m](float& cell, float value) { cell += value + balance_m; });
}

}  // namespace perilune::dem
