#include "dem/synthesis/slope_budget.h"

#include <gtest/gtest.h>

#include <cmath>

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

class CraterReliefSlow : public ::testing::TestWithParam<SiteType> {};

// Ground of craters alone (no waves wanted, no rocks) against what the budget of slopes takes for it.
TEST_P(CraterReliefSlow, IsThatOfGroundMadeOfCratersAlone) {
  constexpr int kPatches = 480, kSide = 96, kLag = 8, kGrounds = 8;
  constexpr double kPlane_m = 4e5;
  const SiteType& type = GetParam();
  GroundLimits no_waves;
  no_waves.deviation2_m2 = [](double lag_m) { return 1e-12 * lag_m * lag_m; };
  std::vector<std::unique_ptr<LunarGround>> grounds;
  for (std::uint64_t seed = 0; seed < kGrounds; ++seed)
    grounds.push_back(std::make_unique<LunarGround>(type, 7001 + seed, no_waves));
  const CraterRelief relief(1.0 / 32, kLargestImpact_m, grounds.front()->population());
  double sum = 0;
  int baselines = 0;
  for (const double baseline_m : {1.0, 10.0, 100.0}) {
    // Above the equilibrium's diameter craters are few: one decides.
    if (baseline_m > grounds.front()->population().EquilibriumDiameter_m()) continue;
    const double spacing_m = baseline_m / kLag;
    SquaredChanges changes;
    for (std::uint64_t i = 0; i < kPatches; ++i) {
      const PlaneWindow window{kPlane_m * (RandomUniform(1, 7, 2 * i) - 0.5),
                               kPlane_m * (RandomUniform(1, 7, 2 * i + 1) - 0.5), kSide, kSide, spacing_m};
      changes += ChangesOver(grounds[i % kGrounds]->HeightsWithoutRocks(window), kLag);
    }
    sum += changes.sum_m2 / changes.count / relief.Deviation2_m2(baseline_m);
    ++baselines;
  }
  EXPECT_NEAR(sum / baselines, type.crater_excess, 0.1 * type.crater_excess);
}

INSTANTIATE_TEST_SUITE_P(Types, CraterReliefSlow, ::testing::ValuesIn(SiteTypes()),
                         [](const auto& type) { return std::string(type.param.name); });

}  // namespace
}  // namespace perilune::dem
