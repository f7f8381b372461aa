#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "dem/hazard/hazard_map.h"
#include "dem/hazard/rice.h"
#include "dem/synthesis/random.h"
#include "tests/dem/hazard/analytic_worlds.h"

namespace perilune::dem {
namespace {

using worlds::GroundWorld;

TEST(Rice, KnownValues) {
  // ν = 0: Rayleigh. Q1(a, a) = (1 + exp(−a²) I0(a²)) / 2, with I0(1) = 1.2660658778 and I0(4)
  // = 11.3019219521.
  for (const double x : {0.1, 0.5, 1.0, 2.5, 5.0}) EXPECT_NEAR(RiceCdf(x, 0), 1 - std::exp(-x * x / 2), 1e-6);
  EXPECT_NEAR(RiceCdf(1, 1), 0.5 - 0.5 * std::exp(-1.0) * 1.2660658778, 1e-6);
  EXPECT_NEAR(RiceCdf(2, 2), 0.5 - 0.5 * std::exp(-4.0) * 11.3019219521, 1e-6);
  EXPECT_EQ(RiceCdf(0, 3), 0);
  EXPECT_EQ(RiceCdf(30, 3), 1);
  EXPECT_NEAR(RiceCdf(1e6 + 1, 1e6), NormalCdf(1), 1e-4);  // far out the circle is a line
}

/// Noise with correlation exp(−(d/L)²) and unit variance on a grid: white noise smoothed by a Gaussian of
/// sigma L/2, in cells.
std::vector<double> CorrelatedNoise(int size, double length_cells, std::uint64_t seed) {
  const double sigma = length_cells / 2;
  const int reach = static_cast<int>(std::ceil(5 * sigma));
  std::vector<double> weights;
  double sum2 = 0;
  for (int i = -reach; i <= reach; ++i) {
    weights.push_back(length_cells > 0 ? std::exp(-0.5 * i * i / (sigma * sigma)) : 1.0);
    sum2 += weights.back() * weights.back();
  }
  const int padded = size + 2 * reach;
  std::vector<double> white(static_cast<std::size_t>(padded) * padded);
  for (std::size_t i = 0; i < white.size(); ++i) white[i] = RandomNormal(seed, 0, i);
  std::vector<double> rows(static_cast<std::size_t>(size) * padded);
  for (int row = 0; row < padded; ++row) {
    for (int col = 0; col < size; ++col) {
      double sum = 0;
      for (int i = 0; i < static_cast<int>(weights.size()); ++i)
        sum += weights[i] * white[static_cast<std::size_t>(row) * padded + col + i];
      rows[static_cast<std::size_t>(row) * size + col] = sum;
    }
  }
  std::vector<double> noise(static_cast<std::size_t>(size) * size);
  for (int row = 0; row < size; ++row) {
    for (int col = 0; col < size; ++col) {
      double sum = 0;
      for (int i = 0; i < static_cast<int>(weights.size()); ++i)
        sum += weights[i] * rows[static_cast<std::size_t>(row + i) * size + col];
      noise[static_cast<std::size_t>(row) * size + col] = sum / sum2;
    }
  }
  return noise;
}

struct NoiseCase {
  double slope_deg, sigma_m, correlation_m, latitude_deg;
};
class SafeProbability : public ::testing::TestWithParam<NoiseCase> {};

// By the flat prior, truth given measurement is distributed as measurement given truth: the share of noisy
// planes whose fit stays within the limit is p_site of the plane itself. 441 footprints far apart on one map
// are 441 trials.
TEST_P(SafeProbability, SlopeLawAgreesWithMonteCarlo) {
  const auto [slope_deg, sigma, correlation, latitude] = GetParam();
  const int size = 441, stride = 20;
  const auto plane =
      GroundWorld(latitude, size, 1.0, [tangent = std::tan(DegToRad(slope_deg))](double x, double y) {
        return tangent * (0.6 * x + 0.8 * y);
      });
  HazardOptions options;
  options.slope_limit_rad = DegToRad(5);
  options.roughness_limit_m = 1000;  // the slope alone
  options.height_sigma_m = sigma;
  options.height_correlation_m = correlation;
  const HazardMap clean = MapHazards(plane, options);
  int trials = 0, within = 0;
  double predicted = 0;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    const std::vector<double> noise = CorrelatedNoise(size, correlation, seed);
    auto noisy = plane;
    for (std::size_t i = 0; i < noise.size(); ++i) noisy.grid.data[i] += static_cast<float>(sigma * noise[i]);
    const HazardMap map = MapHazards(noisy, options);
    for (int row = stride; row < size - stride; row += stride) {
      for (int col = stride; col < size - stride; col += stride) {
        ++trials;
        within += map.slope_rad.grid.At(col, row) <= options.slope_limit_rad;
        predicted += clean.p_site.grid.At(col, row);
      }
    }
  }
  predicted /= trials;
  const double sigma_share = std::sqrt(predicted * (1 - predicted) / trials);
  EXPECT_NEAR(static_cast<double>(within) / trials, predicted, 4 * sigma_share + 1e-4);
  EXPECT_GT(predicted, 0.02);
  EXPECT_LT(predicted, 0.98);
}

INSTANTIATE_TEST_SUITE_P(Planes, SafeProbability,
                         ::testing::Values(NoiseCase{0, 0.9, 0, 0}, NoiseCase{4.5, 0.3, 0, 0},
                                           NoiseCase{5, 0.5, 0, 60}, NoiseCase{6, 0.6, 0, -30},
                                           NoiseCase{4.5, 0.1, 3, 0}, NoiseCase{4, 0.4, 4, 0}));

// A rock that stands out of the noise: its measured deviation errs like one residual of the fit.
TEST(SafeProbabilityOfRocks, RoughnessLawAgreesWithMonteCarlo) {
  const int size = 421, stride = 20;
  const double sigma = 0.05;
  for (const double rock_m : {0.46, 0.50, 0.55}) {
    const auto with_rocks = GroundWorld(0, size, 1.0, [&](double x, double y) {
      const bool rock = std::fmod(std::abs(x) + 0.5, stride) < 1 && std::fmod(std::abs(y) + 0.5, stride) < 1;
      return rock ? rock_m : 0.0;
    });
    HazardOptions options;
    options.slope_limit_rad = DegToRad(40);
    options.height_sigma_m = sigma;
    const HazardMap clean = MapHazards(with_rocks, options);
    int trials = 0, within = 0;
    double predicted = 0;
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      auto noisy = with_rocks;
      for (std::size_t i = 0; i < noisy.grid.data.size(); ++i) {
        noisy.grid.data[i] += static_cast<float>(sigma * RandomNormal(seed, 9, i));
      }
      const HazardMap map = MapHazards(noisy, options);
      for (int row = size / 2 % stride; row < size; row += stride) {
        for (int col = size / 2 % stride; col < size; col += stride) {
          if (map.reasons.grid.At(col, row) & kReasonEdge) continue;
          ++trials;
          within += map.roughness_m.grid.At(col, row) <= options.roughness_limit_m;
          predicted += clean.p_site.grid.At(col, row);
        }
      }
    }
    ASSERT_GT(trials, 1000);
    predicted /= trials;
    EXPECT_NEAR(static_cast<double>(within) / trials, predicted,
                4 * std::sqrt(predicted * (1 - predicted) / trials))
        << rock_m;
  }
}

// White noise on the 81 cells of a footprint with Σ column² = 526: σ_g = σ / √526.
TEST(SafeProbabilityOfNoise, GradientSigmaByHand) {
  const auto dem = GroundWorld(0, 41, 1.0, [](double x, double) { return 0.1 * x; });
  double before = 1;
  for (const double sigma : {0.5, 1.0, 2.0, 4.0}) {
    HazardOptions options;
    options.roughness_limit_m = 1000;
    options.height_sigma_m = sigma;
    const double p = MapHazards(dem, options).p_site.grid.At(20, 20);
    const double scale = std::sqrt(526.0) / sigma;
    EXPECT_NEAR(p, RiceCdf(std::tan(options.slope_limit_rad) * scale, 0.1 * scale), 1e-5);
    EXPECT_LT(p, before);
    before = p;
  }
}

}  // namespace
}  // namespace perilune::dem
