#include "dem/hazard/hazard_map.h"

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <cstring>
#include <limits>
#include <string>

#include "dem/hazard/plane_fit.h"
#include "dem/synthesis/random.h"
#include "tests/dem/hazard/analytic_worlds.h"

namespace perilune::dem {
namespace {

using worlds::GroundWorld;
using worlds::kEquirectangular;
using worlds::kSouthPolar;
using worlds::MakeRaster;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

HazardOptions Options(double footprint_m, double slope_limit_deg = 10, double roughness_limit_m = 0.5) {
  HazardOptions options;
  options.footprint_m = footprint_m;
  options.slope_limit_rad = DegToRad(slope_limit_deg);
  options.roughness_limit_m = roughness_limit_m;
  return options;
}

HazardClass ClassAt(const HazardMap& map, int col, int row) {
  return static_cast<HazardClass>(map.hazard_class.grid.At(col, row));
}

// Heights rise by tan(slope) along both axes of the ground; a column's ground length shrinks with
// cos(latitude).
TEST(HazardPlane, SlopeIsExactInBothAxesAtLatitude60) {
  const double gx = 0.08, gy = -0.11;
  const auto dem = GroundWorld(60, 101, 2.0, [&](double x, double y) { return gx * x + gy * y; });
  const HazardMap map = MapHazards(dem, Options(10, 7.5));
  const double cos_middle = std::cos(DegToRad(60));
  for (int row = 10; row < 91; row += 5) {
    const double cos_row = std::cos(DegToRad(60) + (50 - row) * 2.0 / kMoonRadius_m);
    for (int col = 10; col < 91; col += 5) {
      const double stretch = 1 + dem.grid.At(col, row) / kMoonRadius_m;
      const double expected = std::atan(std::hypot(gx * cos_middle / cos_row, gy) / stretch);
      EXPECT_NEAR(map.slope_rad.grid.At(col, row), expected, 1e-6);
      EXPECT_NEAR(map.roughness_m.grid.At(col, row), 0, 2e-5);
    }
  }
  // 7.76 degrees against 7.5.
  EXPECT_EQ(ClassAt(map, 50, 50), HazardClass::kHazardous);
  EXPECT_EQ(map.reasons.grid.At(50, 50), kReasonSlope);
  EXPECT_EQ(map.p_site.grid.At(50, 50), 0);
}

TEST(HazardPlane, EachAxisAloneAtLatitude60) {
  const auto east = GroundWorld(60, 61, 2.0, [](double x, double) { return 0.1 * x; });
  const auto north = GroundWorld(60, 61, 2.0, [](double, double y) { return 0.1 * y; });
  EXPECT_NEAR(MapHazards(east, Options(10)).slope_rad.grid.At(30, 30), std::atan(0.1), 1e-6);
  EXPECT_NEAR(MapHazards(north, Options(10)).slope_rad.grid.At(30, 30), std::atan(0.1), 1e-6);
}

// Polar stereographic, true at the pole: a CRS metre is 1/k of a ground metre, k = 2 / (1 + sin|latitude|).
TEST(HazardPlane, SlopeOnAPolarStereographicMap) {
  const double latitude = DegToRad(-65);
  const double k = 2 / (1 + std::sin(-latitude));
  const double radius = 2 * kMoonRadius_m * std::tan((kPi / 2 + latitude) / 2);
  const Eigen::Vector2d middle = radius * Eigen::Vector2d(std::sin(0.7), std::cos(0.7));
  const auto dem =
      MakeRaster(kSouthPolar, middle, 61, 5.0, 5.0, [](double x, double y) { return 0.06 * x + 0.08 * y; });
  const HazardMap map = MapHazards(dem, Options(40));
  EXPECT_NEAR(map.slope_rad.grid.At(30, 30), std::atan(0.1 * k), 2e-6);
}

TEST(HazardPlane, SlopeAtThePoleItself) {
  const auto dem = MakeRaster(kSouthPolar, {0, 0}, 81, 5.0, 5.0, [](double x, double) { return 0.1 * x; });
  const HazardMap map = MapHazards(dem, Options(40));
  for (int cell = 10; cell <= 70; cell += 10) {
    EXPECT_NEAR(map.slope_rad.grid.At(cell, 40), std::atan(0.1), 2e-6);
    EXPECT_NEAR(map.slope_rad.grid.At(40, cell), std::atan(0.1), 2e-6);
  }
}

TEST(HazardFootprint, CountsTheLatticePointsOfACircle) {
  const Eigen::Matrix2d metres = Eigen::Matrix2d::Identity();
  EXPECT_EQ(MakeFootprint(metres, 10).count, 81);   // Gauss's circle problem: N(5) = 81
  EXPECT_EQ(MakeFootprint(metres, 20).count, 317);  // N(10) = 317
  EXPECT_EQ(MakeFootprint(metres, 1).count, 9);     // widened to 3 × 3
  // Columns half as long on the ground: twice the cells in a row.
  const Eigen::Matrix2d half = Eigen::Vector2d(0.25, 1).asDiagonal();
  EXPECT_EQ(MakeFootprint(half, 10).reach_cols, 10);
  EXPECT_EQ(MakeFootprint(half, 10).reach_rows, 5);
}

TEST(HazardFootprint, CoarseDemSaysWhatFootprintItUsed) {
  const auto dem = GroundWorld(0, 9, 100.0, [](double, double) { return 0.0; });
  EXPECT_NEAR(MapHazards(dem, Options(10)).footprint_used_m, 100 * 2 * std::sqrt(2.0), 1e-3);
}

// z = r²/2ρ: the slope at r is atan(r/ρ) exactly (the fit of a quadratic over a symmetric footprint), and a
// disc of radius a deviates from its plane by a²/4ρ at the middle and at the rim.
TEST(HazardBowl, SlopeAndRoughness) {
  const double rho = 200, a = 20;
  const auto dem = GroundWorld(0, 201, 1.0, [&](double x, double y) { return (x * x + y * y) / (2 * rho); });
  const HazardMap map = MapHazards(dem, Options(2 * a));
  EXPECT_NEAR(map.slope_rad.grid.At(100, 100), 0, 1e-6);
  EXPECT_NEAR(map.roughness_m.grid.At(100, 100), a * a / (4 * rho), 0.01 * a * a / (4 * rho));
  EXPECT_NEAR(map.relief_m.grid.At(100, 100), a * a / (2 * rho), 1e-4);
  for (const int r : {10, 30, 60}) {
    EXPECT_NEAR(map.slope_rad.grid.At(100 + r, 100), std::atan(r / rho), 2e-5);
    EXPECT_NEAR(map.slope_rad.grid.At(100, 100 - r), std::atan(r / rho), 2e-5);
  }
}

// On a cone's flank the ground curves across the fall line by y²/2r; the fitted gradient differs by less than
// (a/r)²/8 of itself.
TEST(HazardCone, SlopeOfTheFlank) {
  const double tangent = std::tan(DegToRad(12)), a = 5;
  const auto dem =
      GroundWorld(-40, 301, 1.0, [&](double x, double y) { return -tangent * std::hypot(x, y); });
  const HazardMap map = MapHazards(dem, Options(2 * a, 10));
  for (const int r : {60, 100, 140}) {
    const double bound = tangent * (a / r) * (a / r) / 8 + 2e-5;
    EXPECT_NEAR(std::tan(map.slope_rad.grid.At(150 + r, 150)), tangent,
                bound + tangent * r * std::tan(DegToRad(40)) / kMoonRadius_m);
    EXPECT_NEAR(std::tan(map.slope_rad.grid.At(150, 150 + r)), tangent, bound + 3e-5);
    EXPECT_EQ(ClassAt(map, 150 + r, 150), HazardClass::kHazardous);
  }
  // At the top a cone has no slope, but the plane misses the tip by tan·2a/3 (mean of r over a disc).
  EXPECT_NEAR(map.slope_rad.grid.At(150, 150), 0, 1e-4);
  EXPECT_NEAR(map.roughness_m.grid.At(150, 150), tangent * 2 * a / 3, 0.05 * tangent * 2 * a / 3);
}

// A step of height H seen by a disc of radius a that it halves: gradient 8H / 3πa.
TEST(HazardStep, SlopeReliefAndReach) {
  const double h = 1.5, a = 20;
  const auto dem = GroundWorld(0, 161, 1.0, [&](double x, double) {
    return x > 0.5 ? h : x < -0.5 ? 0.0 : h / 2;
  });
  const HazardMap map = MapHazards(dem, Options(2 * a, 30, 10));
  EXPECT_NEAR(std::tan(map.slope_rad.grid.At(80, 80)), 8 * h / (3 * kPi * a), 0.02 * h / a);
  EXPECT_FLOAT_EQ(map.relief_m.grid.At(80, 80), 1.5F);
  EXPECT_FLOAT_EQ(map.relief_m.grid.At(80 - 19, 80), 1.5F);
  EXPECT_FLOAT_EQ(map.relief_m.grid.At(80 - 20, 80), 0.75F);
  EXPECT_FLOAT_EQ(map.relief_m.grid.At(80 - 21, 80), 0.0F);
  EXPECT_FLOAT_EQ(map.slope_rad.grid.At(80 - 21, 80), 0.0F);
}

// One cell of height h at offset δ of a flat footprint of n cells leaves the residual h (1 − 1/n − δᵀ A⁻¹ δ)
// and tilts the plane by A⁻¹ δ h.
TEST(HazardRock, ResidualAndTiltByHand) {
  const double h = 0.8;
  const auto dem =
      GroundWorld(0, 61, 1.0, [&](double x, double y) { return std::hypot(x, y) < 0.1 ? h : 0.0; });
  const HazardMap map = MapHazards(dem, Options(10));
  EXPECT_NEAR(map.roughness_m.grid.At(30, 30), h * (1 - 1.0 / 81), 1e-6);
  EXPECT_NEAR(map.slope_rad.grid.At(30, 30), 0, 1e-7);
  EXPECT_EQ(map.reasons.grid.At(30, 30), kReasonRoughness);
  // Σ column² over the 81 points of the circle: rows of 1, 7, 9, 9, 9, 11, … cells: 2·1·25 + 2·7·16 + 2·9·9 +
  // 2·9·4 + 2·9·1.
  const double moment = 50 + 224 + 162 + 72 + 18;
  const double tilt = h * 3 / moment;
  EXPECT_NEAR(map.slope_rad.grid.At(27, 30), std::atan(tilt), 1e-6);
  EXPECT_NEAR(map.roughness_m.grid.At(27, 30), h * (1 - 1.0 / 81 - 9 / moment) * std::cos(std::atan(tilt)),
              1e-5);
  // Beyond the footprint the ground is flat and safe.
  EXPECT_EQ(map.roughness_m.grid.At(24, 30), 0);
  EXPECT_EQ(ClassAt(map, 24, 30), HazardClass::kSafe);
  EXPECT_EQ(map.p_site.grid.At(24, 30), 1);
}

TEST(HazardUnknown, HoleAndEdges) {
  auto dem = GroundWorld(0, 61, 1.0, [](double, double) { return 0.0; });
  dem.grid.At(30, 30) = kNan;
  const HazardMap map = MapHazards(dem, Options(10));
  int unknown = 0;
  for (int row = 5; row < 56; ++row) {
    for (int col = 5; col < 56; ++col) {
      const bool near_hole = std::hypot(col - 30, row - 30) <= 5;
      EXPECT_EQ(ClassAt(map, col, row), near_hole ? HazardClass::kUnknown : HazardClass::kSafe);
      EXPECT_EQ(map.reasons.grid.At(col, row), near_hole ? kReasonUnknown : 0);
      EXPECT_EQ(std::isnan(map.slope_rad.grid.At(col, row)), near_hole);
      EXPECT_EQ(map.p_site.grid.At(col, row), near_hole ? 0 : 1);
      unknown += near_hole;
    }
  }
  EXPECT_EQ(unknown, 81);
  for (const auto& [col, row] : {std::pair{4, 30}, {30, 4}, {56, 30}, {30, 56}, {0, 0}, {60, 60}}) {
    EXPECT_EQ(map.reasons.grid.At(col, row), kReasonUnknown | kReasonEdge);
    EXPECT_EQ(ClassAt(map, col, row), HazardClass::kUnknown);
    EXPECT_EQ(map.p_site.grid.At(col, row), 0);
  }
}

TEST(HazardUnknown, MapSmallerThanTheFootprintAndAllMissing) {
  const auto small = GroundWorld(0, 7, 1.0, [](double, double) { return 0.0; });
  for (const auto cell : MapHazards(small, Options(20)).reasons.grid.data)
    EXPECT_EQ(cell, kReasonUnknown | kReasonEdge);
  const auto missing = GroundWorld(0, 31, 1.0, [](double, double) { return std::nan(""); });
  for (const auto p : MapHazards(missing, Options(10)).p_site.grid.data) EXPECT_EQ(p, 0);
}

TEST(HazardRelief, HasALimitWhenAsked) {
  const auto dem = GroundWorld(0, 61, 1.0, [](double x, double) { return 0.1 * x; });
  HazardOptions options = Options(10);
  EXPECT_EQ(ClassAt(MapHazards(dem, options), 30, 30), HazardClass::kSafe);
  options.relief_limit_m = 0.9;  // 10 cells across: 1.0 m
  EXPECT_EQ(MapHazards(dem, options).reasons.grid.At(30, 30), kReasonRelief);
}

TEST(HazardMapWindow, CropOfAMarginEqualsTheWhole) {
  const auto dem =
      GroundWorld(30, 150, 2.0, [](double x, double y) { return 3 * std::sin(x / 17) * std::cos(y / 23); });
  const HazardMap whole = MapHazards(dem, Options(10));
  const HazardMap part = CropHazards(whole, 20, 30, 40, 50);
  EXPECT_EQ(part.width(), 40);
  EXPECT_EQ(part.slope_rad.grid.At(3, 4), whole.slope_rad.grid.At(23, 34));
  EXPECT_TRUE((part.p_site.crs_from_pixel * Eigen::Vector2d(3, 4))
                  .isApprox(dem.crs_from_pixel * Eigen::Vector2d(23, 34)));
  EXPECT_THROW(CropHazards(whole, 120, 0, 40, 50), std::invalid_argument);
}

TEST(HazardMapThreads, OneOrTwoGiveTheSameBytes) {
  auto dem =
      GroundWorld(70, 300, 2.0, [](double x, double y) { return 9 * std::sin(x / 17) * std::cos(y / 23); });
  for (std::size_t i = 0; i < dem.grid.data.size(); ++i)
    dem.grid.data[i] += static_cast<float>(0.1 * RandomNormal(1, 2, i));
  HazardOptions options = Options(12);
  options.height_sigma_m = 0.1;
  options.height_correlation_m = 5;
  const auto run = [&](int threads) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    return MapHazards(dem, options, worlds::SunAtMiddle(70, 8, 200));
  };
  const HazardMap one = run(1), two = run(2);
  const auto same = [](const Grid<float>& a, const Grid<float>& b) {
    return std::memcmp(a.data.data(), b.data.data(), a.data.size() * sizeof(float)) == 0;
  };
  EXPECT_TRUE(same(one.p_site.grid, two.p_site.grid));
  EXPECT_TRUE(same(one.slope_rad.grid, two.slope_rad.grid));
  EXPECT_TRUE(same(one.lit_fraction.grid, two.lit_fraction.grid));
  EXPECT_EQ(one.reasons.grid.data, two.reasons.grid.data);
  EXPECT_EQ(one.options_hash, two.options_hash);
}

TEST(HazardOptionsCheck, NamesTheFieldAndTheValue) {
  HazardOptions options;
  options.footprint_m = -3;
  try {
    options.Validate();
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_NE(std::string(error.what()).find("footprint_m = -3"), std::string::npos);
  }
  options = {};
  options.min_lit_fraction = std::nan("");
  EXPECT_THROW(options.Validate(), std::invalid_argument);
  auto dem = GroundWorld(0, 9, 1.0, [](double, double) { return 0.0; });
  dem.crs_wkt = "no CRS";
  EXPECT_THROW(MapHazards(dem, {}), std::invalid_argument);
  EXPECT_THROW(MapHazards({}, {}), std::invalid_argument);
  dem.crs_wkt = kEquirectangular;
  dem.grid.At(1, 1) = std::numeric_limits<float>::infinity();
  EXPECT_THROW(MapHazards(dem, {}), std::invalid_argument);
}

TEST(HazardOptionsCheck, HashTellsOptionsAndSunApart) {
  const auto dem = GroundWorld(0, 21, 1.0, [](double, double) { return 0.0; });
  const auto hash = [&](const HazardOptions& options, const std::optional<PlacedSun>& sun) {
    return MapHazards(dem, options, sun).options_hash;
  };
  EXPECT_EQ(hash(Options(10), {}), hash(Options(10), {}));
  EXPECT_NE(hash(Options(10), {}), hash(Options(11), {}));
  EXPECT_NE(hash(Options(10), {}), hash(Options(10), worlds::SunAtMiddle(0, 5, 90)));
  EXPECT_NE(hash(Options(10), worlds::SunAtMiddle(0, 6, 90)),
            hash(Options(10), worlds::SunAtMiddle(0, 5, 90)));
}

}  // namespace
}  // namespace perilune::dem
