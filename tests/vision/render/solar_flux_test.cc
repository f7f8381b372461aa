#include "vision/render/solar_flux.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace perilune::vision {
namespace {

TEST(SolarFlux, FallsWithTheSquareOfTheDistance) {
  EXPECT_DOUBLE_EQ((SolarBand{1, 1}.Flux_Wpm2()), 1361);
  EXPECT_DOUBLE_EQ((SolarBand{2, 0.5}.Flux_Wpm2()), 1361 / 8.0);
}

// A white Lambert surface that faces the Sun sends 1361/π W m⁻² sr⁻¹ into every direction.
TEST(SolarFlux, RadianceOfAWhiteSurface) {
  EXPECT_NEAR(RadianceFromFactor_Wpm2sr(1, {}), 433.2198, 1e-4);
  EXPECT_NEAR(RadianceFromFactor_Wpm2sr(0.12, {1, 0.37}), 0.12 * 0.37 * 433.2198, 1e-4);
}

// Planck's integral over 400–700 nm at 5 772 K by Simpson's rule elsewhere: 0.366383171478. All
// wavelengths: 1.
TEST(SolarFlux, BlackBodyFraction) {
  EXPECT_NEAR(BlackBodyFraction(400e-9, 700e-9), 0.366383171478, 1e-11);
  EXPECT_NEAR(BlackBodyFraction(1e-9, 5e-3), 1, 1e-7);
  // Half of the light lies below λT = 4.107 mm K.
  EXPECT_NEAR(BlackBodyFraction(1e-9, 4.107e-3 / 5772), 0.5, 2e-4);
}

TEST(SolarFlux, RefusesBadValues) {
  EXPECT_THROW((SolarBand{0, 1}.Flux_Wpm2()), std::invalid_argument);
  EXPECT_THROW((SolarBand{1, 1.1}.Flux_Wpm2()), std::invalid_argument);
  EXPECT_THROW((SolarBand{1, 0}.Flux_Wpm2()), std::invalid_argument);
  EXPECT_THROW(BlackBodyFraction(7e-7, 4e-7), std::invalid_argument);
  EXPECT_THROW(BlackBodyFraction(4e-7, 7e-7, 0), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::vision
