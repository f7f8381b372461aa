#include <algorithm>
#include <array>
#include <cmath>

#include "dem/frames/moon.h"
#include "dem/synthesis/lunar_ground.h"
#include "dem/synthesis/patches.h"
#include "dem/synthesis/random.h"
#include "dem/synthesis/tiles.h"

namespace perilune::dem {
namespace {

constexpr std::uint64_t kStream = 0x616c6265646f32ULL;
constexpr int kShortestOctave = 1, kLongestOctave = 9;  // 2–512 m
/// Soil is mottled here and even there: amplitudes differ by patches.
constexpr std::array<double, 2> kMottledPatches_m = {1024, 256};
constexpr Patches kMottling{
    .sigma = 0.25, .wavelengths_m = kMottledPatches_m, .stream = 0x6d6f74746c65ULL, .moment = 2};
constexpr double kFinestInCells = 3;
constexpr double kHalo = 0.28;        // relative brightening of a blanket just made
constexpr double kFadedAfter = 0.02;  // diffusion at which it is down to 1/e: thin blankets are stirred under
constexpr double kWall = 0.15;        // the same of a bowl, whose walls keep shedding soil
constexpr double kWallFadedAfter = 0.06;
constexpr double kMatureAfter_ga = 0.8;  // and age at which any soil is (the Copernican period)
constexpr double kFaintest = 0.02;
constexpr double kRaysFrom = 0.12;                   // halos brighter than that have rays
constexpr double kHaloReach = 4, kRayReach = 10;     // radii
constexpr double kWallFrom = 0.7, kWallReach = 1.1;  // likewise
constexpr double kThinning = 2.5;                    // exponent of the halo over the distance
constexpr int kRays = 9;
constexpr double kSmallestHalo_m = 4;
/// Below this diameter craters dig in soil that is mature itself: their halos are fainter, as its root.
constexpr double kFreshMatterFrom_m = 24;

/// What is bright of a crater: its blanket, which is thin and soon stirred under, and its walls.
struct Brightness {
  double halo = 0, wall = 0;
};

Brightness BrightnessOf(const Impact& impact, const CraterPopulation& population) {
  const double fresh = kHalo * std::sqrt(std::min(1.0, impact.diameter_m / kFreshMatterFrom_m));
  const Brightness young{fresh * std::exp(-impact.diffusion / kFadedAfter),
                         kWall * std::exp(-impact.diffusion / kWallFadedAfter)};
  if (std::max(young.halo, young.wall) < kFaintest) return {};
  const double immature = std::exp(-population.Age_ga(impact.exposure) / kMatureAfter_ga);
  return {young.halo * immature, young.wall * immature};
}

/// Bright matter around one crater: all round within some radii, in rays beyond.
struct Halo {
  const Impact& impact;
  double peak = 0, wall = 0;
  std::array<double, kRays> azimuth{}, width{}, length{};

  Halo(const Impact& crater, const Brightness& brightness)
      : impact(crater), peak(brightness.halo), wall(brightness.wall) {
    if (peak <= kRaysFrom) return;
    for (std::size_t i = 0; i < azimuth.size(); ++i) {
      azimuth[i] = 2 * kPi * RandomUniform(crater.key, 20, i);
      width[i] = 0.05 + 0.12 * RandomUniform(crater.key, 21, i);
      length[i] = Reach() * (0.3 + 0.7 * RandomUniform(crater.key, 22, i));
    }
  }

  double Reach() const {
    if (peak <= kFaintest) return kWallReach;
    return peak > kRaysFrom ? kRayReach : kHaloReach;
  }

  float At(double dx_m, double dy_m) const {
    const double rho = 2 * std::hypot(dx_m, dy_m) / impact.diameter_m;
    if (rho >= Reach()) return 0;
    const double w = std::clamp((kWallReach - rho) / (kWallReach - kWallFrom), 0.0, 1.0);
    const double inside = wall * w * w * (3 - 2 * w);
    // The inner halo: full over the crater, thinning out with the blanket, gone at its reach.
    const double s = std::clamp((kHaloReach - rho) / (kHaloReach - 1), 0.0, 1.0);
    double brightness = s * s * (3 - 2 * s) / std::pow(std::max(rho, 1.0), kThinning);
    if (rho > 0.5 && peak > kRaysFrom) {
      const double theta = std::atan2(dy_m, dx_m);
      double ray = 0;
      for (std::size_t i = 0; i < azimuth.size(); ++i) {
        if (rho >= length[i]) continue;
        const double off = std::remainder(theta - azimuth[i], 2 * kPi) / width[i];
        if (std::abs(off) < 3) ray = std::max(ray, std::exp(-off * off) * (1 - rho / length[i]));
      }
      brightness = std::max(brightness, 0.8 * ray / std::max(rho, 1.0));
    }
    return static_cast<float>(std::max(peak * brightness, inside));
  }
};

void AddHalo(const Halo& halo, SynthesisTile& tile) {
  const double reach_m = halo.Reach() * halo.impact.diameter_m / 2;
  const auto first =
      std::lower_bound(tile.xs_m.begin(), tile.xs_m.end(), halo.impact.x_m - reach_m) - tile.xs_m.begin();
  const auto end =
      std::upper_bound(tile.xs_m.begin(), tile.xs_m.end(), halo.impact.x_m + reach_m) - tile.xs_m.begin();
  for (std::size_t r = 0; r < tile.ys_m.size(); ++r) {
    const double dy_m = tile.ys_m[r] - halo.impact.y_m;
    if (std::abs(dy_m) >= reach_m) continue;
    float* row = tile.values.data() + r * tile.xs_m.size();
    for (auto c = first; c < end; ++c)
      row[c] += halo.At(tile.xs_m[static_cast<std::size_t>(c)] - halo.impact.x_m, dy_m);
  }
}

}  // namespace

Grid<float> LunarGround::Albedo(const PlaneWindow& window) const {
  ValidateWindow(window);
  const double smallest_m = std::max(kSmallestHalo_m, kFinestInCells * window.spacing_m);
  const double amplitude =
      type_.albedo_sigma / std::sqrt(kLongestOctave - kShortestOctave + 1.0) / kLatticeSigma;
  Grid<float> albedo(window.width, window.height);
  ForEachTile(
      albedo, window,
      [&](SynthesisTile& tile) {
        for (int k = kLongestOctave; k >= kShortestOctave; --k) {
          const double wavelength_m = std::ldexp(1.0, k);
          if (wavelength_m < kFinestInCells * window.spacing_m) break;
          AddNoise({wavelength_m, amplitude, kStream + static_cast<std::uint64_t>(k)}, seed_, tile.xs_m,
                   tile.ys_m, tile.values);
        }
        const std::vector<float> mottling = kMottling.FactorsAt(tile.xs_m, tile.ys_m, seed_);
        for (std::size_t i = 0; i < mottling.size(); ++i) tile.values[i] *= mottling[i];
        VisitPrimaries(tile.Rect(), smallest_m, limits_.max_diameter_m, kRayReach, seed_, population_,
                       [&](const Impact& impact) {
                         const Halo halo(impact, BrightnessOf(impact, population_));
                         if (std::max(halo.peak, halo.wall) > kFaintest) AddHalo(halo, tile);
                       });
      },
      // The exponential keeps it positive whatever the sum.
      [this](float& cell, float value) {
        cell = std::min(1.0F, static_cast<float>(type_.albedo) * std::exp(value));
      });
  return albedo;
}

}  // namespace perilune::dem
