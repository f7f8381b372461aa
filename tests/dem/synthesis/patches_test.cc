#include "dem/synthesis/patches.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "dem/synthesis/impacts.h"

namespace perilune::dem {
namespace {

constexpr std::array<double, 2> kWavelengths_m = {64, 16};

std::vector<double> Positions(double first_m, double step_m, int count) {
  std::vector<double> positions_m;
  for (int i = 0; i < count; ++i) positions_m.push_back(first_m + i * step_m);
  return positions_m;
}

// 2000 × 2000 positions 8 m apart hold some 250² independent patches of 64 m: the mean of exp(σg) is known to
// a thousandth or two. Lattice values are sums of four uniforms, whose tails are shorter than a normal's.
TEST(Patches, TheMomentAskedForIsOneAndTheLogarithmHasItsSigma) {
  const auto xs_m = Positions(0, 8, 2000), ys_m = Positions(0, -8, 2000);
  for (const int moment : {1, 2}) {
    const auto factors = Patches{0.5, kWavelengths_m, 7, moment}.FactorsAt(xs_m, ys_m, 3);
    double sum = 0, logs = 0, logs2 = 0;
    for (const float factor : factors) {
      sum += std::pow(static_cast<double>(factor), moment);
      logs += std::log(static_cast<double>(factor));
      logs2 += std::pow(std::log(static_cast<double>(factor)), 2);
    }
    const auto count = static_cast<double>(factors.size());
    EXPECT_NEAR(sum / count, 1, 0.02) << moment;
    EXPECT_NEAR(std::sqrt(logs2 / count - std::pow(logs / count, 2)), 0.5, 0.01) << moment;
  }
}

TEST(Patches, AreAFunctionOfPositionAlone) {
  const Patches patches{0.6, kWavelengths_m, 7, 1};
  const auto whole = patches.FactorsAt(Positions(-100, 5, 60), Positions(80, -5, 40), 3);
  const auto cut = patches.FactorsAt(Positions(-100 + 5 * 20, 5, 10), Positions(80 - 5 * 30, -5, 1), 3);
  for (std::size_t i = 0; i < cut.size(); ++i) EXPECT_EQ(cut[i], whole[30 * 60 + 20 + i]);
}

/// Of craters in squares: their mean number and its variance.
struct Counts {
  double mean = 0, variance = 0;
};

Counts CountsOn(double side_m, double min_diameter_m, double square_m, std::uint64_t seed,
                const CraterPopulation& population) {
  const auto across = static_cast<std::size_t>(side_m / square_m);
  std::vector<double> counts(across * across);
  VisitPrimaries({0, side_m, 0, side_m}, min_diameter_m, 2 * min_diameter_m, 0, seed, population,
                 [&](const Impact& impact) {
                   const auto column = static_cast<std::size_t>(impact.x_m / square_m);
                   const auto row = static_cast<std::size_t>(impact.y_m / square_m);
                   if (column < across && row < across) counts[row * across + column] += 1;
                 });
  Counts result;
  for (const double count : counts) result.mean += count / static_cast<double>(counts.size());
  for (const double count : counts)
    result.variance += std::pow(count - result.mean, 2) / static_cast<double>(counts.size());
  return result;
}

// Small craters have the population's density on the whole and differ from place to place by more than
// chance: the variance of a Poisson count with mean n f, f lognormal of sigma s, is n + n² (exp s² − 1). Over
// 8 km the 64 or so patches of 1024 m leave the mean uncertain by some 3 %, and the excess by a tenth. Those
// of 16 m and more are as chance has it.
TEST(Impacts, SmallCratersCrowdHereAndThereLargerOnesDoNot) {
  const CraterPopulation mare(3.3, 0.1, 0.33);
  const double small = (mare.Density(4) - mare.Density(8)) * 32 * 32;
  const Counts four_m = CountsOn(8192, 4, 32, 5, mare);
  EXPECT_NEAR(four_m.mean, small, 0.1 * small);
  const double excess = (four_m.variance - four_m.mean) / (four_m.mean * four_m.mean);
  EXPECT_NEAR(excess, std::exp(0.4 * 0.4) - 1, 0.05);
  const double larger = (mare.Density(16) - mare.Density(32)) * 128 * 128;
  const Counts sixteen_m = CountsOn(8192, 16, 128, 5, mare);
  EXPECT_NEAR(sixteen_m.mean, larger, 4 * std::sqrt(larger / (64 * 64)));
  EXPECT_NEAR(sixteen_m.variance / sixteen_m.mean, 1, 4 * std::sqrt(2.0 / (64 * 64)));
}

}  // namespace
}  // namespace perilune::dem
