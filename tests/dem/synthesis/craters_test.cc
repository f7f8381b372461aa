#include "dem/synthesis/craters.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "dem/frames/moon.h"
#include "dem/synthesis/crater_profile.h"

namespace perilune::dem {
namespace {

TEST(CraterLaw, EquilibriumIsTraskAndProductionContinuesIt) {
  CraterLaw law;
  law.transition_diameter_m = 300;
  law.production_exponent = 3;
  EXPECT_NEAR(law.CumulativeDensity(10), 0.079 / 100, 1e-12);
  EXPECT_NEAR(law.CumulativeDensity(600), 0.079 / 9e4 / 8, 1e-15);
  for (double d : {5.0, 299.0, 301.0, 4000.0})
    EXPECT_NEAR(law.DiameterAt(law.CumulativeDensity(d)), d, 1e-9 * d);
}

TEST(CraterLaw, RefusesNonsense) {
  CraterLaw law;
  law.density_scale = -1;
  EXPECT_THROW(law.Validate(), std::invalid_argument);
  law = {};
  law.transition_diameter_m = 0;
  EXPECT_THROW(law.Validate(), std::invalid_argument);
}

// Counts by size class over several seeds: within five standard deviations of the law's Poisson mean.
TEST(Craters, CountsFollowTheLaw) {
  CraterLaw law;
  law.transition_diameter_m = 100;
  const PlaneRect rect{-3000, 5000, 1000, 7000};
  const double area_m2 = 8000.0 * 6000.0;
  for (double low_m : {20.0, 40.0, 77.0, 150.0, 333.0}) {
    const double high_m = 1.5 * low_m;
    double count = 0, seeds = 8;
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
      count += static_cast<double>(CratersIn(rect, low_m, high_m, seed, law).size());
    }
    const double mean = seeds * area_m2 * (law.CumulativeDensity(low_m) - law.CumulativeDensity(high_m));
    EXPECT_NEAR(count, mean, 5 * std::sqrt(mean)) << low_m;
  }
}

TEST(Craters, RangesAndRectanglesAreSubsetsOfOnePlane) {
  const CraterLaw law;
  const PlaneRect rect{-500, 700, -300, 900};
  const auto all = CratersIn(rect, 8, 100, 11, law);
  const auto small = CratersIn(rect, 8, 23, 11, law), large = CratersIn(rect, 23, 100, 11, law);
  EXPECT_EQ(all.size(), small.size() + large.size());
  const auto west = CratersIn({-500, 100, -300, 900}, 8, 100, 11, law),
             east = CratersIn({100, 700, -300, 900}, 8, 100, 11, law);
  EXPECT_EQ(all.size(), west.size() + east.size());
  ASSERT_GT(all.size(), 100U);
}

TEST(Craters, PositionsFillTheirCellsEvenly) {
  const auto craters = CratersIn({0, 20000, 0, 20000}, 32, 64, 5, {});
  double x = 0, y = 0;
  for (const auto& c : craters) {
    x += std::fmod(c.x_m, 256.0);
    y += std::fmod(c.y_m, 256.0);
  }
  const double n = static_cast<double>(craters.size()), sigma = 256 / std::sqrt(12 * n);
  EXPECT_NEAR(x / n, 128, 5 * sigma);
  EXPECT_NEAR(y / n, 128, 5 * sigma);
}

TEST(Craters, DepthRunsFromFreshToDegraded) {
  EXPECT_NEAR(MakeCrater(100, 0).depth_m, 20, 1e-9);
  EXPECT_NEAR(MakeCrater(100, 0).rim_height_m, 3.6, 1e-9);
  EXPECT_NEAR(MakeCrater(100, 1).depth_m, 3, 1e-9);
  EXPECT_LT(MakeCrater(40000, 0).depth_m, 0.1 * 40000) << "complex craters are shallow";
  int old = 0, n = 0;
  for (const auto& c : CratersIn({0, 4000, 0, 4000}, 16, 64, 3, {})) {
    const double ratio = c.depth_m / c.diameter_m;
    EXPECT_GE(ratio, 0.03);
    EXPECT_LE(ratio, 0.2);
    old += ratio < 0.1;
    ++n;
  }
  EXPECT_GT(old, 0.7 * n);
}

class CraterShape : public ::testing::TestWithParam<double> {};

/// Largest change of slope from one step to the next, in depths a radius.
double LargestKink(const CraterProfile& profile, double depth_m, double step) {
  const auto height = [&](int k) {
    const double rho = 0.2 + k * step;
    return static_cast<double>(profile.HeightAt(static_cast<float>(rho * rho))) / depth_m;
  };
  double largest = 0;
  for (int k = 1; 0.2 + k * step < 2.6; ++k) {
    largest = std::max(largest, std::abs(height(k + 1) - 2 * height(k) + height(k - 1)) / step);
  }
  return largest;
}

// C1: where the slope is continuous its change goes with the step; at a kink it would stay.
TEST_P(CraterShape, IsSmoothAndEndsAtZero) {
  for (double diameter_m : {50.0, 900.0, 14999.0, 15001.0, 60000.0}) {
    const SyntheticCrater crater = MakeCrater(diameter_m, GetParam());
    const CraterProfile profile(crater);
    EXPECT_NEAR(profile.HeightAt(0), crater.rim_height_m - crater.depth_m, 0.03 * crater.depth_m);
    EXPECT_NEAR(profile.HeightAt(1), crater.rim_height_m, 1e-4 * crater.depth_m);
    EXPECT_EQ(profile.HeightAt(6.25F), 0);
    EXPECT_EQ(profile.HeightAt(9), 0);
    const double coarse = LargestKink(profile, crater.depth_m, 0.01);
    EXPECT_LT(LargestKink(profile, crater.depth_m, 0.005), 0.65 * coarse) << diameter_m;
  }
}

// A blanket holds about what the bowl lost or less; a worn crater's are nearly even (ground creeps, it is not
// made).
TEST_P(CraterShape, BlanketHoldsNoMoreThanTheBowl) {
  const SyntheticCrater crater = MakeCrater(100, GetParam());
  const double bowl_m3 = kPi * 50 * 50 * crater.depth_m / 2;
  EXPECT_LT(CraterProfile(crater).Volume_m3(), 0.05 * bowl_m3);
  EXPECT_GT(CraterProfile(crater).Volume_m3(), -bowl_m3);
}

INSTANTIATE_TEST_SUITE_P(Ages, CraterShape, ::testing::Values(0.0, 0.3, 0.7, 1.0));

// Fresh, 100 m: depth 20, rim 3.6, floor −16.4; rounding of 3 raises both branches' crest to 3.6 + 3/4
// = 4.35. Halfway the bowl is at −16.4 + 20.75/4, at 1.4 radii the blanket at 4.35/1.4³, at 2 radii halfway
// through the cut at 4.35/8/2.
TEST(CraterProfile, HeightsAreHandDerived) {
  const CraterProfile profile(MakeCrater(100, 0));
  EXPECT_NEAR(profile.HeightAt(0.25F), -11.2125, 1e-4);
  EXPECT_NEAR(profile.HeightAt(1.96F), 1.5853, 1e-4);
  EXPECT_NEAR(profile.HeightAt(4), 0.271875, 1e-4);
}

}  // namespace
}  // namespace perilune::dem
