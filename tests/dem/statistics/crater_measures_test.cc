#include "dem/statistics/crater_measures.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

namespace perilune::dem {
namespace {

// Quantiles of N(>D) ∝ D^b between the limits, which the fit gives back whatever the limits are.
TEST(FitSizeFrequency, GivesBackTheExponent) {
  for (double b : {-3.0, -2.0, -0.5}) {
    std::vector<double> diameters_m;
    for (int i = 0; i < 20'000; ++i) {
      const double u = (i + 0.5) / 20'000;
      diameters_m.push_back(10 * std::pow(1 - u * (1 - std::pow(8.0, b)), 1 / b));
    }
    const PowerLaw law = FitSizeFrequency(diameters_m, 10, 80);
    EXPECT_NEAR(law.exponent, b, 2e-3);
    EXPECT_EQ(law.count, 20'000);
    EXPECT_GT(law.sigma, 0.004);
    EXPECT_LT(law.sigma, 0.03);
  }
  EXPECT_THROW(FitSizeFrequency({1, 2, 3}, 1, 4), std::invalid_argument);
}

// A paraboloid 10 m deep at 50 m from its centre, flat outside: 10 m less what the innermost tenth rises.
TEST(MeasuredDepth, OfABowlIsHandDerived) {
  const PlaneWindow window{-100, 100, 201, 201, 1};
  Grid<float> grid(201, 201);
  for (int r = 0; r < 201; ++r) {
    for (int c = 0; c < 201; ++c) {
      const double rho = std::hypot(c - 100, r - 100) / 50.0;
      grid.At(c, r) = static_cast<float>(rho < 1 ? 10 * rho * rho - 10 : 0);
    }
  }
  EXPECT_NEAR(*MeasuredDepth_m(grid, window, 0, 0, 50), 9.95, 0.02);
  EXPECT_FALSE(MeasuredDepth_m(grid, window, 60, 0, 50)) << "its rim is not on the grid";
  EXPECT_FALSE(MeasuredDepth_m(grid, window, 0, 0, 5)) << "too few cells";
}

}  // namespace
}  // namespace perilune::dem
