#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>

#include "dem/hazard/hazard_map.h"
#include "dem/io/raster_file.h"
#include "dem/io/write_raster.h"
#include "tests/dem/hazard/analytic_worlds.h"
#include "tests/support/temp_folder.h"

namespace perilune::dem {
namespace {

using worlds::GroundWorld;

HazardOptions Horn() {
  HazardOptions options;
  options.slope_estimator = SlopeEstimator::kHorn;
  return options;
}

// z = x² + x y: Horn's weights differentiate it exactly at the middle cell, (2 x + y, x).
TEST(HazardHorn, DifferencesByHand) {
  const auto dem = GroundWorld(0, 41, 1.0, [](double x, double y) { return 0.01 * (x * x + x * y); });
  const HazardMap map = MapHazards(dem, Horn());
  for (const auto& [x, y] : {std::pair{3, 2}, {-5, 7}, {0, 0}, {8, -9}}) {
    const double expected = 0.01 * std::hypot(2 * x + y, x);
    EXPECT_NEAR(std::tan(map.slope_rad.grid.At(20 + x, 20 - y)), expected, 1e-6);
  }
}

// One cell of height 0.8 seen from the corner and from the side: weights of 1 and 2 eighths.
TEST(HazardHorn, WeightsByHand) {
  const auto dem =
      GroundWorld(0, 41, 1.0, [](double x, double y) { return std::hypot(x, y) < 0.1 ? 0.8 : 0.0; });
  const HazardMap map = MapHazards(dem, Horn());
  EXPECT_NEAR(std::tan(map.slope_rad.grid.At(19, 20)), 0.2, 1e-6);
  EXPECT_NEAR(std::tan(map.slope_rad.grid.At(19, 19)), 0.1 * std::sqrt(2.0), 1e-6);
  EXPECT_EQ(map.slope_rad.grid.At(20, 20), 0);
}

// On the equator, where a metre of the map is one of the ground, and at heights near 0: gdaldem's slope,
// which knows neither scale nor height.
TEST(HazardHorn, IsGdaldemsSlope) {
  if (std::system("gdaldem > /dev/null 2>&1; test $? -ne 127") != 0) GTEST_SKIP() << "gdaldem is absent";
  const test::TempFolder folder;
  Raster<float> dem = GroundWorld(0, 200, 2.0, [](double x, double y) {
    return 12 * std::sin(x / 17) * std::cos(y / 23) + 0.2 * std::sin(3 * x + y);
  });
  WriteGeoTiff<float>(folder / "dem.tif", {{&dem.grid, "height", "m"}}, dem.crs_wkt, dem.crs_from_pixel, {},
                      {});
  const std::string command = "gdaldem slope " + (folder / "dem.tif").string() + " " +
                              (folder / "slope.tif").string() + " > /dev/null 2>&1";
  ASSERT_EQ(std::system(command.c_str()), 0);
  const RasterFile file(folder / "slope.tif");
  const Raster<float> slope_deg = file.ReadWindow(0, 0, 200, 200);
  const HazardMap map = MapHazards(dem, Horn());
  double most_deg = 0, steepest_deg = 0;
  for (int row = 10; row < 190; ++row) {
    for (int col = 10; col < 190; ++col) {
      const double ours_deg = RadToDeg(map.slope_rad.grid.At(col, row));
      most_deg = std::max(most_deg, std::abs(ours_deg - slope_deg.grid.At(col, row)));
      steepest_deg = std::max(steepest_deg, ours_deg);
    }
  }
  EXPECT_GT(steepest_deg, 25);
  EXPECT_LT(most_deg, 1e-3);
}

// Longer baselines see less of a wave: over a disc of radius a, a wave k of amplitude A slopes by A k · 8
// J2(k a)/(k a)² at its steepest (the least-squares gradient of a plane wave). J2(1) = 0.114903, J2(2) =
// 0.352834.
TEST(HazardBaseline, LongerOnesSeeLessOfAWave) {
  const double k = 0.1, amplitude = 2;
  const auto dem = GroundWorld(0, 161, 0.5, [&](double x, double) { return amplitude * std::sin(k * x); });
  HazardOptions options;
  options.footprint_m = 10;
  for (const auto& [baseline_m, share] : {std::pair{20.0, 8 * 0.114903}, {40.0, 8 * 0.352834 / 4}}) {
    options.slope_baseline_m = baseline_m;
    const HazardMap map = MapHazards(dem, options);
    EXPECT_NEAR(std::tan(map.slope_rad.grid.At(80, 80)), amplitude * k * share, 0.01 * amplitude * k);
  }
  // Roughness stays that of the footprint.
  options.slope_limit_rad = DegToRad(30);
  HazardOptions footprint_alone;
  footprint_alone.slope_limit_rad = options.slope_limit_rad;
  const HazardMap with = MapHazards(dem, options), without = MapHazards(dem, footprint_alone);
  EXPECT_EQ(with.roughness_m.grid.At(90, 80), without.roughness_m.grid.At(90, 80));
  EXPECT_EQ(with.reasons.grid.At(25, 80), kReasonUnknown | kReasonEdge);  // 12.5 m from the edge
  EXPECT_EQ(without.reasons.grid.At(25, 80), 0);
  options.slope_estimator = SlopeEstimator::kHorn;
  EXPECT_THROW(MapHazards(dem, options), std::invalid_argument);
}

// A checkerboard of ±h over flat ground: the plane is the mean, and every cell is h from it but for the odd
// one out.
TEST(HazardRms, Checkerboard) {
  const double h = 0.3;
  auto dem = GroundWorld(0, 61, 1.0, [](double, double) { return 0.0; });
  for (int row = 0; row < 61; ++row) {
    for (int col = 0; col < 61; ++col)
      dem.grid.At(col, row) = static_cast<float>((row + col) % 2 == 0 ? h : -h);
  }
  const HazardMap map = MapHazards(dem, {});
  // 81 cells of the circle: the mean is ±h/81 times what is over, so the RMS is h √(1 − (n₊ − n₋)²/81²).
  int over = 0;
  for (int y = -5; y <= 5; ++y) {
    for (int x = -5; x <= 5; ++x) over += x * x + y * y <= 25 ? ((x + y) % 2 == 0 ? 1 : -1) : 0;
  }
  EXPECT_NEAR(map.rms_roughness_m.grid.At(30, 30), h * std::sqrt(1 - over * over / (81.0 * 81.0)), 1e-6);
}

}  // namespace
}  // namespace perilune::dem
