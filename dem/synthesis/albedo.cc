#include "dem/synthesis/albedo.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "dem/checks/require.h"
#include "dem/synthesis/lattice_noise.h"
#include "dem/synthesis/tiles.h"

namespace perilune::dem {
namespace {

constexpr std::uint64_t kAlbedoStream = 0x616c6265646fULL;
constexpr double kSmallestInCells = 3;

std::vector<NoiseOctave> AlbedoOctaves(const AlbedoOptions& options, double spacing_m) {
  const int bottom = static_cast<int>(std::ceil(std::log2(options.shortest_m)));
  const int top = static_cast<int>(std::ceil(std::log2(options.longest_m))) - 1;
  std::vector<NoiseOctave> octaves;
  if (top < bottom) return octaves;
  const double amplitude = options.sigma / std::sqrt(top - bottom + 1.0) / kLatticeSigma;
  for (int k = top; k >= bottom; --k) {
    const double wavelength_m = std::ldexp(1.0, k);
    if (wavelength_m < kSmallestInCells * spacing_m) break;
    octaves.push_back({wavelength_m, amplitude, kAlbedoStream + static_cast<std::uint64_t>(k + 64)});
  }
  return octaves;
}

void StampHalo(const SyntheticCrater& crater, const AlbedoOptions& options, SynthesisTile& tile) {
  if (crater.degradation >= options.halo_until) return;
  const auto peak = static_cast<float>(options.halo * (1 - crater.degradation / options.halo_until));
  StampCrater(
      crater,
      [peak](float rho2) {
        // Full over the crater, falling smoothly to zero at the reach.
        const float s = std::clamp(
            (static_cast<float>(kCraterReach) - std::sqrt(rho2)) / (static_cast<float>(kCraterReach) - 1.0F),
            0.0F, 1.0F);
        return peak * s * s * (3.0F - 2.0F * s);
      },
      tile);
}

}  // namespace

void AlbedoOptions::Validate() const {
  Require(mean > 0 && mean < 1, "mean", mean, "in 0..1");
  Require(sigma >= 0 && sigma <= 0.3, "sigma", sigma, "in 0..0.3");
  Require(shortest_m > 0, "shortest_m", shortest_m, "positive");
  Require(longest_m >= shortest_m && longest_m <= 1e6, "longest_m", longest_m, "between shortest_m and 1e6");
  Require(halo >= 0 && halo <= 1, "halo", halo, "in 0..1");
  Require(halo_until > 0 && halo_until <= 1, "halo_until", halo_until, "in 0..1");
  Require(halo_min_diameter_m > 0, "halo_min_diameter_m", halo_min_diameter_m, "positive");
  craters.Validate();
}

Grid<float> AlbedoTexture(const PlaneWindow& window, const AlbedoOptions& options) {
  options.Validate();
  ValidateWindow(window);
  const auto octaves = AlbedoOctaves(options, window.spacing_m);
  const double smallest_m = std::max(options.halo_min_diameter_m, kSmallestInCells * window.spacing_m);
  Grid<float> albedo(window.width, window.height);
  const auto mean = static_cast<float>(options.mean);
  ForEachTile(
      albedo, window,
      [&](SynthesisTile& tile) {
        for (const NoiseOctave& octave : octaves)
          AddNoise(octave, options.seed, tile.xs_m, tile.ys_m, tile.values);
        VisitCraters(tile.Rect(), smallest_m, options.halo_max_diameter_m, options.seed, options.craters,
                     [&](const SyntheticCrater& crater) { StampHalo(crater, options, tile); });
      },
      // The exponential keeps it positive whatever the sum.
      [mean](float& cell, float value) { cell = std::min(1.0F, mean * std::exp(value)); });
  return albedo;
}

}  // namespace perilune::dem
