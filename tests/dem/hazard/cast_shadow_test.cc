#include "dem/hazard/cast_shadow.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "dem/synthesis/random.h"
#include "tests/dem/hazard/analytic_worlds.h"

namespace perilune::dem {
namespace {

using worlds::GroundWorld;
using worlds::SunAtMiddle;

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
  auto dem = worlds::MakeRaster(worlds::kEquirectangular, {0, 0}, 400, spacing, spacing,
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

struct MarchCase {
  double latitude_deg, elevation_deg, azimuth_deg;
};
class CastShadowMarch : public ::testing::TestWithParam<MarchCase> {};

/// Height between cells, bilinear; NaN outside.
double Bilinear(const Grid<float>& grid, double col, double row) {
  const int c = static_cast<int>(std::floor(col)), r = static_cast<int>(std::floor(row));
  if (!grid.Contains(c, r) || !grid.Contains(c + 1, r + 1)) return std::nan("");
  const double u = col - c, v = row - r;
  return (1 - v) * ((1 - u) * grid.At(c, r) + u * grid.At(c + 1, r)) +
         v * ((1 - u) * grid.At(c, r + 1) + u * grid.At(c + 1, r + 1));
}

// Mountains whose shadows are hundreds of cells long, against a plain march along the great circle by quarter
// cells that skips nothing.
TEST_P(CastShadowMarch, AgreesWithAPlainMarch) {
  const auto [latitude, elevation, azimuth] = GetParam();
  const int size = 321;
  const double spacing = 100;
  const auto dem = GroundWorld(latitude, size, spacing, [](double x, double y) {
    double z = 60 * std::sin(x / 700) * std::cos(y / 900);
    for (std::uint64_t i = 0; i < 12; ++i) {
      const double mx = 30000 * (RandomUniform(5, 1, i) - 0.5), my = 30000 * (RandomUniform(5, 2, i) - 0.5);
      z += 1500 * RandomUniform(5, 3, i) *
           std::exp(-(std::pow(x - mx, 2) + std::pow(y - my, 2)) / (2 * 1000 * 1000));
    }
    return z;
  });
  const PlacedSun sun = SunAtMiddle(latitude, elevation, azimuth);
  const Eigen::Vector3d to_sun = sun.site.moon_from_site.linear() * sun.sun.direction_to_sun_in_site;
  const HazardMap map = MapHazards(dem, {}, sun);
  const Eigen::Affine2d pixel_from_crs = dem.crs_from_pixel.inverse();
  int compared = 0, different = 0, dark = 0;
  for (int row = 1; row < size - 1; row += 6) {
    for (int col = 1; col < size - 1; col += 5) {
      const Eigen::Vector2d crs = dem.crs_from_pixel * Eigen::Vector2d(col, row);
      const LatLon place{crs.y() / kMoonRadius_m, crs.x() / kMoonRadius_m};
      const Eigen::Vector3d up = DirectionInMoon(place);
      const Eigen::Vector3d along = (to_sun - to_sun.dot(up) * up).normalized();
      const Eigen::Vector3d eye = PointInMoon(place, dem.grid.At(col, row));
      double highest = -1;
      for (double d = spacing;; d += 0.25 * spacing) {
        const double angle = d / kMoonRadius_m;
        const LatLon there =
            GeodeticFromMoon(kMoonRadius_m * (std::cos(angle) * up + std::sin(angle) * along)).place;
        const Eigen::Vector2d pixel = pixel_from_crs * Eigen::Vector2d(there.longitude_rad * kMoonRadius_m,
                                                                       there.latitude_rad * kMoonRadius_m);
        const double z = Bilinear(dem.grid, pixel.x(), pixel.y());
        if (std::isnan(z)) break;
        const Eigen::Vector3d ray = PointInMoon(there, z) - eye;
        highest = std::max(highest, std::asin(ray.normalized().dot(up)));
      }
      const double expected =
          LitDiscFraction(std::asin(to_sun.dot(up)) - highest, sun.sun.angular_radius_rad);
      ++compared;
      dark += expected < 0.5;
      different += (expected < 0.5) != (map.lit_fraction.grid.At(col, row) < 0.5F);
    }
  }
  // Between the cells the two see slightly different ground: the edge of a shadow may move by a part of a
  // cell.
  EXPECT_LT(different, 0.005 * compared);
  EXPECT_GT(dark, 0.05 * compared);
  EXPECT_LT(dark, 0.9 * compared);
}

INSTANTIATE_TEST_SUITE_P(Suns, CastShadowMarch,
                         ::testing::Values(MarchCase{26, 5, 100}, MarchCase{0, 3, 37}, MarchCase{-70, 4, 251},
                                           MarchCase{45, 2, 330}));

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
