#include "dem/synthesis/low_pass.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "dem/frames/moon.h"

namespace perilune::dem {
namespace {

TEST(LowPass, DampsAWaveByTheGaussiansGain) {
  constexpr double kWavelength = 12, kSigma = 2;
  Grid<float> wave(120, 120);
  for (int r = 0; r < 120; ++r) {
    for (int c = 0; c < 120; ++c) wave.At(c, r) = static_cast<float>(std::cos(2 * kPi * c / kWavelength));
  }
  const Grid<float> smooth = LowPass(wave, kSigma);
  const double gain = std::exp(-2 * kPi * kPi * kSigma * kSigma / (kWavelength * kWavelength));
  for (int c = 20; c < 100; ++c) EXPECT_NEAR(smooth.At(c, 60), gain * wave.At(c, 60), 0.01);
}

TEST(LowPass, KeepsAConstantAroundMissingCellsAndEdges) {
  Grid<float> flat(20, 15, 7.0F);
  flat.At(4, 5) = std::numeric_limits<float>::quiet_NaN();
  const Grid<float> smooth = LowPass(flat, 2.5);
  for (int i = 0; i < 300; ++i) {
    if (i == 5 * 20 + 4) {
      EXPECT_TRUE(std::isnan(smooth.data[static_cast<std::size_t>(i)]));
    } else {
      EXPECT_FLOAT_EQ(smooth.data[static_cast<std::size_t>(i)], 7);
    }
  }
}

TEST(LowPass, ZeroIsTheIdentityAndNegativeIsRefused) {
  Grid<float> grid(3, 2);
  grid.At(1, 1) = 4;
  EXPECT_EQ(LowPass(grid, 0).data, grid.data);
  EXPECT_THROW(LowPass(grid, -1), std::invalid_argument);
}

TEST(LowPassSigma, HasTheStatedGains) {
  const auto gain = [](double wavelength_m) {
    const double k = 2 * kPi / wavelength_m * LowPassSigma_m(2000);
    return std::exp(-k * k / 2);
  };
  EXPECT_NEAR(gain(2000), 0.87, 0.005);
  EXPECT_NEAR(gain(1000), 0.58, 0.005);
  EXPECT_NEAR(gain(500), 0.11, 0.005);
}

}  // namespace
}  // namespace perilune::dem
