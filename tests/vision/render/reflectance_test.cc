#include "vision/render/reflectance.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dem/frames/moon.h"
#include "dem/synthesis/random.h"

namespace perilune::vision {
namespace {

constexpr Reflectance kLaws[] = {Reflectance::kLambert, Reflectance::kLunarLambert, Reflectance::kHapke};

TEST(Reflectance, NormalAlbedoAtZeroAngles) {
  for (const Reflectance law : kLaws) EXPECT_NEAR(RadianceFactor(law, {1, 1, 0}, 0.13), 0.13, 1e-15);
}

TEST(Reflectance, NothingBelowTheHorizon) {
  for (const Reflectance law : kLaws) {
    EXPECT_EQ(RadianceFactor(law, {-0.1, 0.5, 1}, 0.1), 0);
    EXPECT_EQ(RadianceFactor(law, {0, 0.5, 1}, 0.1), 0);
    EXPECT_EQ(RadianceFactor(law, {0.5, -0.1, 1}, 0.1), 0);
  }
}

TEST(Reflectance, LambertIsTheCosineOfIncidence) {
  EXPECT_DOUBLE_EQ(RadianceFactor(Reflectance::kLambert, {0.3, 0.9, 1.2}, 0.2), 0.06);
}

// g = 30°: L = 1 − 0.57 + 0.2178 − 0.03942 = 0.60838; 2 L · 0.5/1.5 + (1 − L) · 0.5 = 0.6013966…
TEST(Reflectance, LunarLambertByHand) {
  const double value = RadianceFactor(Reflectance::kLunarLambert, {0.5, 1.0, dem::DegToRad(30)}, 1.0);
  EXPECT_NEAR(value, 2 * 0.60838 * 0.5 / 1.5 + 0.39162 * 0.5, 1e-12);
}

// L(110°) of the polynomial is −0.105: held at zero, which is Lambert.
TEST(Reflectance, LunarLambertBecomesLambertAtLargePhase) {
  const Photometry p{0.4, 0.2, dem::DegToRad(110)};
  EXPECT_DOUBLE_EQ(RadianceFactor(Reflectance::kLunarLambert, p, 0.1),
                   RadianceFactor(Reflectance::kLambert, p, 0.1));
}

// Helmholtz: exchanging Sun and viewer leaves (I/F)/cos i unchanged.
TEST(Reflectance, Reciprocal) {
  for (std::uint64_t i = 0; i < 200; ++i) {
    const double a = 0.01 + 0.99 * dem::RandomUniform(5, 0, i), b = 0.01 + 0.99 * dem::RandomUniform(5, 1, i);
    const double g = 3 * dem::RandomUniform(5, 2, i);
    for (const Reflectance law : kLaws) {
      EXPECT_NEAR(RadianceFactor(law, {a, b, g}, 0.1) / a, RadianceFactor(law, {b, a, g}, 0.1) / b, 1e-14);
    }
  }
}

// Shadow hiding: from 0° to 6.9° of phase (tan(g/2) = the width 0.06) the opposition surge halves, so that at
// normal incidence and emission cosines the loss of brightness is far steeper than the particle phase
// function's.
TEST(Reflectance, HapkeHasAnOppositionSurge) {
  const auto at = [](double g_deg) {
    return RadianceFactor(Reflectance::kHapke, {0.9, 0.9, dem::DegToRad(g_deg)}, 0.1);
  };
  EXPECT_GT((at(0) - at(2)) / 2, 3 * (at(20) - at(22)) / 2);
  EXPECT_LT(at(6.9), 0.85 * at(0));
  for (double g = 0; g < 120; g += 1) EXPECT_GT(at(g), at(g + 1));
}

TEST(Reflectance, HapkeByHand) {
  // w = 0.25, B0 = 1, h = 0.06, b = −0.25 at cos i = 0.5, cos e = 1, g = 60°.
  const double gamma = std::sqrt(0.75);
  const auto h = [&](double x) { return (1 + 2 * x) / (1 + 2 * x * gamma); };
  const double surge = 1 / (1 + std::tan(dem::kPi / 6) / 0.06);
  const double particle = 0.9375 / std::pow(1 - 0.25 + 0.0625, 1.5);
  const double here = 0.5 / 1.5 * ((1 + surge) * particle + h(0.5) * h(1) - 1);
  const double normal = 0.5 * (2 * 0.9375 / std::pow(0.75 * 0.75, 1.5) + h(1) * h(1) - 1);
  EXPECT_NEAR(RadianceFactor(Reflectance::kHapke, {0.5, 1, dem::kPi / 3}, 0.2), 0.2 * here / normal, 1e-12);
}

}  // namespace
}  // namespace perilune::vision
