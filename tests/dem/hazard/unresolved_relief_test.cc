#include "dem/hazard/unresolved_relief.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <vector>

#include "dem/hazard/hazard_map.h"
#include "dem/synthesis/embedded.h"
#include "dem/synthesis/low_pass.h"
#include "dem/synthesis/random.h"
#include "tests/dem/hazard/analytic_worlds.h"

namespace perilune::dem {
namespace {

using worlds::GroundWorld;

const double kSigmaPerFullWidth = 1 / (2 * std::sqrt(2 * std::log(2.0)));

/// Self-affine Gaussian ground as a sum of plane waves of random direction, power k^(−2−2H), from 400 m down.
/// `gain` of a wavenumber is what of it is shown.
class WaveGround {
 public:
  WaveGround(double hurst, double rms_m, std::uint64_t seed, double (*gain)(double)) {
    constexpr int kWaves = 600;
    const double first = std::log(2 * kPi / 400), last = std::log(2 * kPi / 1.0);
    double power = 0;
    for (int i = 0; i < kWaves; ++i) {
      const double k = std::exp(first + (i + 0.5) * (last - first) / kWaves);
      const double direction = 2 * kPi * RandomUniform(seed, 0, i);
      const double amplitude = std::pow(k, -hurst);
      power += 0.5 * amplitude * amplitude;
      waves_.push_back({k * std::cos(direction), k * std::sin(direction), 2 * kPi * RandomUniform(seed, 1, i),
                        amplitude * gain(k)});
    }
    for (Wave& wave : waves_) wave.amplitude *= rms_m / std::sqrt(power);
  }
  double At(double x, double y) const {
    double z = 0;
    for (const Wave& wave : waves_) z += wave.amplitude * std::cos(wave.kx * x + wave.ky * y + wave.phase);
    return z;
  }

 private:
  struct Wave {
    double kx, ky, phase, amplitude;
  };
  std::vector<Wave> waves_;
};

constexpr double kResolution_m = 10;
double Shown(double k) {
  const double s = kResolution_m * kSigmaPerFullWidth;
  return std::exp(-0.5 * k * k * s * s);
}
double Lost(double k) { return 1 - Shown(k); }

// Ground that is what the model says: the estimate from the smoothed map agrees with the ground that was
// taken away, measured by MapHazards. At latitude 60, where columns are half as long.
TEST(UnresolvedRelief, AgreesWithSelfAffineGround) {
  for (const double hurst : {0.6, 0.8}) {
    const WaveGround shown(hurst, 6, 5, Shown), lost(hurst, 6, 5, Lost);
    const auto map = GroundWorld(60, 201, 4.0, [&](double x, double y) { return shown.At(x, y); });
    UnresolvedReliefOptions options;
    options.effective_resolution_m = kResolution_m;
    const auto relief = EstimateUnresolvedRelief(map, options);
    ASSERT_TRUE(relief.has_value());
    EXPECT_NEAR(relief->hurst, hurst, 0.1);

    const auto taken = GroundWorld(60, 201, 1.0, [&](double x, double y) { return lost.At(x, y); });
    const HazardMap hazards = MapHazards(taken, HazardOptions{});
    double slope2 = 0, largest = 0, count = 0;
    for (int row = 5; row < 196; row += 5) {
      for (int col = 5; col < 196; col += 5, ++count) {
        const double gradient = std::tan(hazards.slope_rad.grid.At(col, row));
        slope2 += 0.5 * gradient * gradient;
        largest += hazards.roughness_m.grid.At(col, row);
      }
    }
    // The cells of 4 m make the map's plane a little wider than the footprint, which loses some slope more.
    EXPECT_NEAR(std::tan(relief->slope_rad) / std::sqrt(slope2 / count), 1.05, 0.2) << hurst;
    // A Rayleigh law has a mean 12 % below the largest deviation of Gaussian ground at equal mean square.
    EXPECT_NEAR(relief->largest_deviation_m / (largest / count), 0.9, 0.2) << hurst;
  }
}

TEST(UnresolvedRelief, APlaneHasNone) {
  const auto plane = GroundWorld(0, 101, 4.0, [](double, double) { return 7.0; });
  UnresolvedReliefOptions options;
  options.effective_resolution_m = kResolution_m;
  EXPECT_FALSE(EstimateUnresolvedRelief(plane, options).has_value());
}

TEST(UnresolvedRelief, TooSmallAMapSaysNothing) {
  const auto bumps = GroundWorld(0, 7, 4.0, [](double x, double y) { return std::sin(x) * std::cos(y); });
  UnresolvedReliefOptions options;
  options.effective_resolution_m = kResolution_m;
  EXPECT_FALSE(EstimateUnresolvedRelief(bumps, options).has_value());
}

TEST(UnresolvedRelief, NoiseThatExplainsAllIsNotSubtracted) {
  const WaveGround ground(0.8, 1, 9, Shown);
  const auto map = GroundWorld(0, 101, 4.0, [&](double x, double y) { return ground.At(x, y); });
  UnresolvedReliefOptions options;
  options.effective_resolution_m = kResolution_m;
  const auto clean = EstimateUnresolvedRelief(map, options);
  options.height_sigma_m = 100;
  const auto noisy = EstimateUnresolvedRelief(map, options);
  ASSERT_TRUE(clean && noisy);
  EXPECT_TRUE(clean->noise_subtracted);
  EXPECT_FALSE(noisy->noise_subtracted);
  EXPECT_EQ(noisy->slope_rad, clean->slope_rad);
}

TEST(UnresolvedRelief, OptionsNameWhatIsWrong) {
  EXPECT_THROW(UnresolvedReliefOptions{}.Validate(), std::invalid_argument);
  HazardOptions hazards;
  hazards.unresolved_roughness_m = -1;
  EXPECT_THROW(hazards.Validate(), std::invalid_argument);
}

// Level ground of no roughness: both laws are known. Slope: Rayleigh of the sigma; roughness: Rayleigh of the
// mean.
TEST(SafeProbabilityUnresolved, LevelGround) {
  const auto level = GroundWorld(0, 31, 1.0, [](double, double) { return 0.0; });
  HazardOptions options;
  options.unresolved_slope_rad = std::atan(0.1);
  const double q = std::tan(options.slope_limit_rad) / 0.1;
  const double by_slope = 1 - std::exp(-0.5 * q * q);
  EXPECT_NEAR(MapHazards(level, options).p_site.grid.At(15, 15), by_slope, 1e-5);
  options.unresolved_roughness_m = 0.3;
  const double by_roughness = 1 - std::exp(-kPi / 4 * std::pow(0.5 / 0.3, 2));
  const HazardMap both = MapHazards(level, options);
  EXPECT_NEAR(both.p_site.grid.At(15, 15), by_slope * by_roughness, 1e-5);
  EXPECT_EQ(both.hazard_class.grid.At(15, 15), static_cast<std::uint8_t>(HazardClass::kSafe));
  HazardOptions nearly = options;
  nearly.height_sigma_m = 1e-6;  // the integral over the error meets the sharp law
  EXPECT_NEAR(MapHazards(level, nearly).p_site.grid.At(15, 15), by_slope * by_roughness, 1e-4);
}

struct World {
  Raster<float> truth, map;
};

constexpr double kHeightSigma_m = 0.4, kCorrelation_m = 28.3;

/// Ground of 1 m cells, 1600 m wide, and the map a navigator gets of it: under a Gaussian of 10 m full width,
/// at 4 m, with a correlated height error.
World MakeWorld(const DetailOptions& world, std::uint64_t seed) {
  constexpr int kSize = 1601, kMapSize = 401, kMargin = 40, kStep = 4;
  const auto zero = [](double, double) { return 0.0; };
  World result{GroundWorld(0, kSize, 1.0, zero), GroundWorld(0, kMapSize, 4.0, zero)};
  result.truth.grid = SyntheticGround(world, {-800, 800, kSize, kSize, 1.0});
  const Grid<float> smooth = LowPass(result.truth.grid, kResolution_m * kSigmaPerFullWidth);
  Grid<float> noise(kMapSize + 2 * kMargin, kMapSize + 2 * kMargin);
  for (std::size_t i = 0; i < noise.data.size(); ++i) {
    noise.data[i] = static_cast<float>(RandomNormal(seed, 1, i));
  }
  // White noise under a Gaussian of sigma s cells: variance 1 / 4πs², correlation exp(−d²/4s²).
  const double s = kCorrelation_m / kStep / 2;
  noise = LowPass(noise, s);
  const auto scale = static_cast<float>(kHeightSigma_m * 2 * s * std::sqrt(kPi));
  for (int row = 0; row < kMapSize; ++row) {
    for (int col = 0; col < kMapSize; ++col) {
      result.map.grid.At(col, row) =
          smooth.At(kStep * col, kStep * row) + scale * noise.At(col + kMargin, row + kMargin);
    }
  }
  return result;
}

struct Bin {
  double count = 0, promised = 0, safe = 0;
};

void Tally(const World& world, std::array<Bin, 5>& bins) {
  UnresolvedReliefOptions relief_options;
  relief_options.effective_resolution_m = kResolution_m;
  relief_options.height_sigma_m = kHeightSigma_m;
  relief_options.height_correlation_m = kCorrelation_m;
  const auto relief = EstimateUnresolvedRelief(world.map, relief_options);
  ASSERT_TRUE(relief.has_value());
  const HazardMap truth = MapHazards(world.truth, HazardOptions{});
  HazardOptions options;
  options.height_sigma_m = kHeightSigma_m;
  options.height_correlation_m = kCorrelation_m;
  options.unresolved_slope_rad = relief->slope_rad;
  options.unresolved_roughness_m = relief->largest_deviation_m;
  const HazardMap promised = MapHazards(world.map, options);
  for (int row = 3; row < promised.height() - 3; ++row) {
    for (int col = 3; col < promised.width() - 3; ++col) {
      const double p = promised.p_site.grid.At(col, row);
      Bin& bin = bins.at(std::min<std::size_t>(4, static_cast<std::size_t>(5 * p)));
      bin.count += 1;
      bin.promised += p;
      bin.safe +=
          truth.hazard_class.grid.At(4 * col, 4 * row) == static_cast<std::uint8_t>(HazardClass::kSafe);
    }
  }
}

void ExpectCalibrated(const std::array<Bin, 5>& bins) {
  double before = -1;
  for (const Bin& bin : bins) {
    ASSERT_GT(bin.count, 1000);
    const double promised = bin.promised / bin.count, safe = bin.safe / bin.count;
    EXPECT_NEAR(safe, promised, 0.15);
    EXPECT_GT(safe, before);
    before = safe;
    std::printf("p_site %.3f  truly safe %.3f  of %.0f cells\n", promised, safe, bin.count);
  }
}

// p_site of map cells against the ground's own hazards, on worlds with craters: not the Gaussian ground of
// the model.
TEST(SafeProbabilitySlow, CalibratedOnUplands) {
  std::array<Bin, 5> bins;
  for (const std::uint64_t seed : {7001, 7002}) Tally(MakeWorld(EmbeddedWorld(seed), seed), bins);
  ExpectCalibrated(bins);
}

TEST(SafeProbabilitySlow, CalibratedOnMare) {
  std::array<Bin, 5> bins;
  for (const std::uint64_t seed : {7001, 7002}) Tally(MakeWorld(MareWorld(seed), seed), bins);
  ExpectCalibrated(bins);
}

}  // namespace
}  // namespace perilune::dem
