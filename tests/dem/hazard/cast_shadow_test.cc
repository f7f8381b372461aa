#include "dem/hazard/cast_shadow.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "dem/synthesis/random.h"
#include "tests/dem/hazard/analytic_worlds.h"

namespace perilune::dem {
namespace {

using testing::GroundWorld;
using testing::SunAtMiddle;

struct ShadowCase {
  double latitude_deg, elevation_deg, azimuth_deg;
};
class CastShadow : public ::testing::TestWithParam<ShadowCase> {};

// A wall of height H across the Sun's azimuth: the ground behind it is dark for H / tan(elevation). Between
// cells the ground is linear, so that an oblique wall has its full height only up to a cell's diagonal behind
// its face.
TEST_P(CastShadow, LengthIsHeightOverTangent) {
  const auto [latitude, elevation, azimuth] = GetParam();
  const double h = 20;
  const Eigen::Vector2d to_sun(std::sin(DegToRad(azimuth)), std::cos(DegToRad(azimuth)));
  const auto dem = GroundWorld(latitude, 601, 1.0, [&](double x, double y) {
    const double along = to_sun.dot(Eigen::Vector2d(x, y));
    return along >= -1e-9 && along <= 6 ? h : 0.0;
  });
  const HazardMap map = MapHazards(dem, {}, SunAtMiddle(latitude, elevation, azimuth));
  const double length = h / std::tan(DegToRad(elevation));
  double farthest_dark = 0, nearest_lit = 1e9;
  for (int row = 0; row < 601; ++row) {
    for (int col = 0; col < 601; ++col) {
      const Eigen::Vector2d ground(col - 300, 300 - row);
      const double behind = -to_sun.dot(ground);
      const double across = to_sun.x() * ground.y() - to_sun.y() * ground.x();
      if (std::abs(across) > 40 || behind <= 1e-6) continue;
      const bool dark = map.lit_fraction.grid.At(col, row) < 0.5F;
      EXPECT_EQ((map.reasons.grid.At(col, row) & kReasonShadow) != 0, dark);
      if (dark) {
        EXPECT_EQ(map.p_site.grid.At(col, row), 0);
        farthest_dark = std::max(farthest_dark, behind);
      } else {
        nearest_lit = std::min(nearest_lit, behind);
      }
    }
  }
  const bool oblique = std::abs(to_sun.x() * to_sun.y()) > 1e-6;
  const double face = oblique ? std::sqrt(2.0) : 0.0;
  const double end = oblique ? 0.25 : 1.0;  // oblique rows of cells sample the end densely
  EXPECT_GE(farthest_dark, length - face - end);
  EXPECT_LE(farthest_dark, length + 0.25);
  EXPECT_GE(nearest_lit, length - face - 0.25);
  EXPECT_LE(nearest_lit, length + 1.0);
  // In front of the wall all is lit, in the middle of the shadow nothing.
  const Eigen::Vector2d front = 50 * to_sun, middle = -0.5 * length * to_sun;
  const auto lit_at = [&](const Eigen::Vector2d& ground) {
    return map.lit_fraction.grid.At(static_cast<int>(std::lround(300 + ground.x())),
                                    static_cast<int>(std::lround(300 - ground.y())));
  };
  EXPECT_EQ(lit_at(front), 1);
  EXPECT_EQ(lit_at(middle), 0);
}

INSTANTIATE_TEST_SUITE_P(Suns, CastShadow,
                         ::testing::Values(ShadowCase{0, 10, 90}, ShadowCase{0, 10, 270},
                                           ShadowCase{0, 20, 0}, ShadowCase{0, 8, 180},
                                           ShadowCase{60, 10, 90}, ShadowCase{60, 10, 45},
                                           ShadowCase{-75, 6, 200}, ShadowCase{30, 35, 310}));

TEST(LitDisc, AreaOfACircleSegment) {
  EXPECT_EQ(LitDiscFraction(0.005, 0.00465), 1);
  EXPECT_EQ(LitDiscFraction(-0.005, 0.00465), 0);
  EXPECT_DOUBLE_EQ(LitDiscFraction(0, 0.00465), 0.5);
  EXPECT_NEAR(LitDiscFraction(0.5 * 0.00465, 0.00465), 0.8044989, 1e-6);  // 1 − (π/3 − √3/4)/π
}

TEST(CastShadowSphere, SunOnTheHorizonLightsHalf) {
  const auto dem = GroundWorld(20, 101, 50.0, [](double, double) { return -2000.0; });
  const HazardMap map = MapHazards(dem, {}, SunAtMiddle(20, 0, 120));
  EXPECT_NEAR(map.lit_fraction.grid.At(50, 50), 0.5, 1e-4);
  // 2 500 m towards the Sun it stands 1.44 mrad higher.
  const double higher = LitDiscFraction(2500 * std::cos(DegToRad(30)) / kMoonRadius_m, 0.00465);
  EXPECT_NEAR(map.lit_fraction.grid.At(100, 50), higher, 1e-3);
}

// Along the equator the Sun's azimuth follows the rows: the horizon of each cell is a maximum over its row.
TEST(CastShadowReference, EqualsTheMaximumOverARow) {
  const int width = 400, height = 9;
  const double spacing = 4;
  auto dem = testing::MakeRaster(testing::kEquirectangular, {0, 0}, 400, spacing, spacing,
                                 [](double, double) { return 0.0; });
  dem.grid.height = height;
  dem.grid.data.resize(static_cast<std::size_t>(width) * height);
  dem.crs_from_pixel = Eigen::Translation2d(0, spacing * (height / 2)) * Eigen::Scaling(spacing, -spacing);
  for (int row = 0; row < height; ++row) {
    double z = 0;
    for (int col = 0; col < width; ++col) {
      z += 0.8 * RandomNormal(7, static_cast<std::uint64_t>(row), static_cast<std::uint64_t>(col));
      dem.grid.At(col, row) = static_cast<float>(z);
    }
  }
  const double elevation = DegToRad(6), radius = 0.00465;
  PlacedSun sun = SunAtMiddle(0, 6, 90);
  const HazardMap map = MapHazards(dem, {}, sun);
  int dark = 0;
  const int row = height / 2;  // on the equator
  for (int col = 0; col < width; ++col) {
    const double z = dem.grid.At(col, row);
    double tangent = -1;
    for (int other = col + 1; other < width; ++other) {
      const double d = (other - col) * spacing;
      const double other_z = dem.grid.At(other, row), up = 1 + other_z / kMoonRadius_m;
      // Exact: central angle d / R between the two radii.
      const double angle = d / kMoonRadius_m;
      const double rise = (kMoonRadius_m * up) * std::cos(angle) - kMoonRadius_m - z;
      tangent = std::max(tangent, rise / (kMoonRadius_m * up * std::sin(angle)));
    }
    const double rises = elevation + col * spacing / kMoonRadius_m;  // the Sun is in the east
    const double expected = LitDiscFraction(rises - std::atan(tangent), radius);
    if (col + 1 < width) {
      EXPECT_NEAR(map.lit_fraction.grid.At(col, row), expected, 2e-4) << col;
    }
    dark += expected < 0.5;
  }
  EXPECT_GT(dark, 20);  // the case means something
  EXPECT_LT(dark, width - 20);
}

TEST(CastShadowMissing, HolesCastNoneAndHaveNone) {
  auto dem = GroundWorld(0, 101, 1.0, [](double, double) { return 0.0; });
  for (int row = 40; row < 60; ++row) dem.grid.At(60, row) = std::numeric_limits<float>::quiet_NaN();
  const HazardMap map = MapHazards(dem, {}, SunAtMiddle(0, 5, 90));
  EXPECT_TRUE(std::isnan(map.lit_fraction.grid.At(60, 50)));
  EXPECT_EQ(map.lit_fraction.grid.At(50, 50), 1);
}

TEST(CastShadowNone, WithoutASunNothingIsSaid) {
  const auto dem = GroundWorld(0, 21, 1.0, [](double, double) { return 0.0; });
  const HazardMap map = MapHazards(dem, {});
  EXPECT_FALSE(map.has_sun);
  for (const float lit : map.lit_fraction.grid.data) EXPECT_TRUE(std::isnan(lit));
}

}  // namespace
}  // namespace perilune::dem
