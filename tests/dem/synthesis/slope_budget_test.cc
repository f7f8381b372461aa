#include "dem/synthesis/slope_budget.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <vector>

#include "dem/statistics/roughness.h"
#include "dem/synthesis/lunar_ground.h"
#include "dem/synthesis/random.h"

namespace perilune::dem {
namespace {

// In equilibrium n = 2c D⁻³ craters live for L ∝ D^(b−2), b the production's slope. Over a crater at the end
// of its life lie, of those of its size and more, ∫ n R² L(D)/L(D') dD' = c/2 ∫ (D/D')^(b−2) dD'/D' = c/(2
// (b−2)).
TEST(OverlainArea, OfACraterAtTheEndOfItsLifeInEquilibrium) {
  constexpr double kEquilibrium = 0.1, kDiameter_m = 1.0 / 16;
  const CraterPopulation population(3.5, kEquilibrium);
  const double b = std::log2(ProductionRatio(1) / ProductionRatio(2));
  const double lifetime = population.Lifetime(kDiameter_m);
  const double expected = kEquilibrium / (2 * (b - 2));
  EXPECT_NEAR(OverlainArea(kDiameter_m, lifetime, kLargestImpact_m, population), expected, 0.03 * expected);
  EXPECT_NEAR(OverlainArea(kDiameter_m, lifetime / 3, kLargestImpact_m, population), expected / 3,
              0.03 * expected);
  EXPECT_EQ(OverlainArea(kDiameter_m, 0, kLargestImpact_m, population), 0);
}

// Where nothing else is, what is wanted grows by 2^H an octave and so do the waves: no octave stands for
// several. The band's ends, where an octave lacks a neighbour, are left out.
TEST(NoiseBeside, ShareTheWorkEvenly) {
  constexpr double kHurst = 0.8;
  const auto wanted = [](double lag_m) { return 0.01 * std::pow(lag_m, 2 * kHurst); };
  const std::vector<NoiseOctave> octaves =
      NoiseBeside(wanted, [](double) { return 0.0; }, {1.0 / 16, 65'536});
  ASSERT_EQ(octaves.size(), 20U);
  for (std::size_t k = 7; k + 4 < octaves.size(); ++k)
    EXPECT_NEAR(std::log2(octaves[k - 1].amplitude / octaves[k].amplitude), kHurst, 0.05);
  for (double lag_m : {0.7, 3.0, 20.0, 150.0}) {
    double made_m2 = 0;
    for (const NoiseOctave& octave : octaves)
      made_m2 +=
          octave.amplitude * octave.amplitude * NoiseDeviation2(std::min(lag_m / octave.wavelength_m, 5.0));
    EXPECT_NEAR(made_m2 / wanted(lag_m), 1, 0.04) << lag_m;
  }
}

// Shapes that have all that is wanted up to 10 m, and none of it beyond: waves begin there, those of a metre
// stay away.
TEST(NoiseBeside, LeavesToShapesWhatTheyHave) {
  const auto wanted = [](double lag_m) { return 0.01 * std::pow(lag_m, 1.6); };
  const auto shapes = [&wanted](double lag_m) { return lag_m <= 10 ? wanted(lag_m) : wanted(10); };
  double short_m2 = 0, long_m2 = 0;
  for (const NoiseOctave& octave : NoiseBeside(wanted, shapes, {1.0 / 16, 4096}))
    (octave.wavelength_m <= 4 ? short_m2 : long_m2) += octave.amplitude * octave.amplitude;
  EXPECT_LT(short_m2, 1e-4 * wanted(2));
  EXPECT_GT(long_m2, 0.1 * wanted(1000));
}

class CraterReliefSlow : public ::testing::TestWithParam<SiteType> {};

// Ground of craters alone (no waves wanted, no rocks) against what the budget of slopes takes for it. Of
// craters up to 16 baselines: rare larger ones, each of which makes one place steep, would need far more
// ground.
TEST_P(CraterReliefSlow, IsThatOfGroundMadeOfCratersAlone) {
  constexpr int kPatches = 1500, kSide = 96, kLag = 8, kGrounds = 4;
  constexpr double kPlane_m = 4e5, kLargest = 16;
  const SiteType& type = GetParam();
  double sum = 0;
  int baselines = 0;
  for (const double baseline_m : {1.0, 10.0, 100.0}) {
    GroundLimits craters_alone;
    craters_alone.max_diameter_m = kLargest * baseline_m;
    craters_alone.deviation2_m2 = [](double lag_m) { return 1e-12 * lag_m * lag_m; };
    std::vector<std::unique_ptr<LunarGround>> grounds;
    for (std::uint64_t seed = 0; seed < kGrounds; ++seed)
      grounds.push_back(std::make_unique<LunarGround>(type, 7001 + seed, craters_alone));
    // Above the equilibrium's diameter craters are few: one decides.
    if (baseline_m > grounds.front()->population().EquilibriumDiameter_m()) continue;
    SquaredChanges changes;
    for (std::uint64_t i = 0; i < kPatches; ++i) {
      const PlaneWindow window{kPlane_m * (RandomUniform(1, 7, 2 * i) - 0.5),
                               kPlane_m * (RandomUniform(1, 7, 2 * i + 1) - 0.5), kSide, kSide,
                               baseline_m / kLag};
      changes += ChangesOver(grounds[i % kGrounds]->HeightsWithoutRocks(window), kLag);
    }
    const CraterRelief relief(1.0 / 32, craters_alone.max_diameter_m, grounds.front()->population());
    sum += changes.sum_m2 / changes.count / relief.Deviation2_m2(baseline_m);
    ++baselines;
  }
  EXPECT_NEAR(sum / baselines, 1, 0.1);
}

INSTANTIATE_TEST_SUITE_P(Types, CraterReliefSlow, ::testing::ValuesIn(SiteTypes()),
                         [](const auto& type) { return std::string(type.param.name); });

}  // namespace
}  // namespace perilune::dem
