#include "dem/synthesis/crater_population.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dem/synthesis/crater_shapes.h"

namespace perilune::dem {
namespace {

// Neukum 2001: N(1 km) at 1 Ga is 10^−3.0768…3.0876 per km²; from 3 Ga to 4 Ga it grows by a factor of 20–30.
TEST(Production, MeetsPublishedValues) {
  EXPECT_NEAR(ChronologyDensity_pkm2(1), 8.38e-4, 2e-6);
  EXPECT_NEAR(ChronologyDensity_pkm2(4) / ChronologyDensity_pkm2(3), 24.4, 0.5);
  EXPECT_NEAR(ProductionRatio(1000), 1, 1e-12);
  // The sum of the polynomial's coefficients is log10 of N(10 km)/N(1 km).
  EXPECT_NEAR(std::log10(ProductionRatio(10'000)), -2.26003, 1e-4);
}

TEST(CraterPopulation, IsTheSmallerOfProductionAndEquilibrium) {
  const CraterPopulation mare(3.3, 0.07);
  EXPECT_NEAR(mare.Density(10), 7e-4, 1e-9);
  EXPECT_NEAR(mare.Density(2000), ChronologyDensity_pkm2(3.3) * 1e-6 * ProductionRatio(2000), 1e-12);
  EXPECT_GT(mare.EquilibriumDiameter_m(), 100) << "mare craters are in equilibrium up to 100–300 m";
  EXPECT_LT(mare.EquilibriumDiameter_m(), 300);
  for (double d : {1.0, 33.0, 140.0, 700.0, 9000.0})
    EXPECT_NEAR(mare.DiameterAt(mare.Density(d)), d, 1e-6 * d);
  EXPECT_NEAR(mare.Lifetime(mare.EquilibriumDiameter_m()), 1, 0.1);
}

// Between 4 and 100 m the equilibrium is steeper by what is asked, below it has the slope −2 again, and
// lifetimes follow: what is denser lives longer under the same rain.
TEST(CraterPopulation, EquilibriumMayBeSteeperBelowAHundredMetres) {
  const CraterPopulation plain(3.3, 0.1), steep(3.3, 0.1, 0.33);
  const auto ratio = [&](double d) { return steep.Density(d) / plain.Density(d); };
  // The table of sixteenths of octaves rounds the corners by up to 0.33 ln 2 / 64.
  EXPECT_NEAR(ratio(100), 1, 0.0036);
  EXPECT_NEAR(ratio(150), 1, 1e-3);
  EXPECT_NEAR(ratio(10), std::pow(10, 0.33), 1e-3);
  EXPECT_NEAR(ratio(4), std::pow(25, 0.33), 0.0036 * std::pow(25, 0.33));
  EXPECT_NEAR(ratio(0.1), std::pow(25, 0.33), 1e-3);
  EXPECT_NEAR(steep.Lifetime(10) / plain.Lifetime(10), std::pow(10, 0.33), 1e-9);
  EXPECT_NEAR(steep.Diffusion(10, steep.Lifetime(10)), kLifetimeDiffusion, 1e-9);
}

TEST(CraterPopulation, AgeInvertsTheChronology) {
  const CraterPopulation old(4.2, 0.14);
  EXPECT_NEAR(old.Age_ga(1), 4.2, 1e-6);
  EXPECT_NEAR(old.Age_ga(ChronologyDensity_pkm2(1) / ChronologyDensity_pkm2(4.2)), 1, 1e-6);
}

// Fassett and Thomson 2014: 5.5 m²/Ma over 3 Ga leave a crater of 1 km 52 % of its depth, one of 300 m 7 %
// (their fresh shape is not ours: we have 4 %).
TEST(CraterShapes, WearAsDiffusionModelsOfTheMareSay) {
  const double fresh_m = SectionOf(1000, 0, Bowl::kRound).depth_m;
  EXPECT_NEAR(SectionOf(1000, 5.5 * 3000 / (500.0 * 500), Bowl::kRound).depth_m / fresh_m, 0.52, 0.02);
  EXPECT_LT(SectionOf(1000, 5.5 * 3000 / (150.0 * 150), Bowl::kRound).depth_m / fresh_m, 0.07);
}

// What the equilibrium implies for the wear of a crater of 1 km on a mare, against the same authors' mean
// diffusivity: the same to a factor of three.
TEST(CraterPopulation, EquilibriumImpliesTheObservedDiffusivity) {
  const CraterPopulation mare(3.0, 0.065);
  const double diffusivity_m2_per_ma = mare.Diffusion(1000, 1) * 500 * 500 / 3000;
  EXPECT_GT(diffusivity_m2_per_ma, 5.5 / 3);
  EXPECT_LT(diffusivity_m2_per_ma, 5.5 * 3);
}

TEST(CraterShapes, FreshOnesHaveThePublishedProportions) {
  const CraterSection simple = SectionOf(1000, 0, Bowl::kRound);
  EXPECT_NEAR(simple.depth_m, 200, 6);                                   // Pike 1977: 0.196 D^1.01
  EXPECT_NEAR(simple.rim_height_m, 38, 3);                               // 0.036 D^1.014, 0.04 D
  EXPECT_NEAR(SectionOf(60, 0, Bowl::kRound).depth_m / 60, 0.16, 0.02);  // Stopar 2017, Sun 2018: 0.1–0.2
  const CraterSection complex = SectionOf(32'000, 0, Bowl::kRound);
  EXPECT_NEAR(complex.depth_m, 1044 * std::pow(32, 0.301), 30);
  EXPECT_LT(SectionOf(1000, 0, Bowl::kFlat).depth_m, 0.75 * simple.depth_m);
}

TEST(CraterShapes, ComplexOnesHaveAFloorAndAPeak) {
  const CraterSection section = SectionOf(45'000, 0, Bowl::kRound);
  const float floor = section.HeightAt(0.12F), wall = section.HeightAt(0.75F * 0.75F);
  EXPECT_GT(section.HeightAt(0), floor + 300) << "central peak";
  EXPECT_NEAR(floor, section.HeightAt(0.16F), 60) << "flat floor";
  EXPECT_GT(wall, floor + 100);
}

TEST(CraterShapes, EndAtZeroAndWearMonotonically) {
  for (double diameter_m : {50.0, 900.0, 20'000.0}) {
    double last_m = 1e9;
    for (double diffusion : {0.0, 0.002, 0.01, 0.05, 0.2, 0.7}) {
      const CraterSection section = SectionOf(diameter_m, diffusion, Bowl::kRound);
      EXPECT_LT(section.depth_m, last_m);
      last_m = section.depth_m;
      EXPECT_NEAR(section.HeightAt(8.999F), 0, 1e-5 * diameter_m);
    }
  }
}

// Diffusion moves ground, it makes none: away from the cut blanket the volume stays (5 % of the bowl's).
TEST(CraterShapes, DiffusionKeepsTheVolume) {
  const auto volume = [](double diffusion) {
    const CraterSection section = SectionOf(1000, diffusion, Bowl::kRound);
    double sum = 0;
    for (double rho2 = 0.005; rho2 < 9; rho2 += 0.01) sum += section.HeightAt(static_cast<float>(rho2));
    return sum;
  };
  EXPECT_NEAR(volume(0.1), volume(0), 0.05 * std::abs(volume(0)) + 0.05 * 100 * 100);
}

}  // namespace
}  // namespace perilune::dem
