#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <cstring>
#include <limits>

#include "dem/hazard/hazard_map.h"
#include "tests/dem/hazard/analytic_worlds.h"
#include "tests/dem/hazard/footprint_worlds.h"

namespace perilune::dem {
namespace {

using worlds::GroundWorld;

HazardOptions TestLander() { return HazardOptions().With(Lander()); }

unsigned ReasonsAt(const HazardMap& map, int col, int row) { return map.reasons.grid.At(col, row); }

// A slope of 9.5 degrees is safe; the rock that lifts a pad, or stands under the belly, is not.
TEST(LanderMap, ClassAndReasonsAreTheFootprintTests) {
  const double tangent = std::tan(DegToRad(9.5));
  const auto dem = GroundWorld(-60, 161, 0.1, [&](double x, double y) {
    return tangent * x + (std::hypot(x - 2, y - 2) < 0.12 ? 0.6 : 0);
  });
  const HazardMap map = MapHazards(dem, TestLander());
  EXPECT_EQ(ReasonsAt(map, 40, 120), 0U);
  EXPECT_EQ(map.hazard_class.grid.At(40, 120), static_cast<int>(HazardClass::kSafe));
  EXPECT_NEAR(map.tilt_rad.grid.At(40, 120), DegToRad(9.5), 1e-4);
  EXPECT_NEAR(map.clearance_m.grid.At(40, 120), 0.39 + 0.2 * tangent,
              0.01);  // pads stand on their uphill cells
  // The rock is at column 80 + 20, row 80 − 20.
  EXPECT_EQ(ReasonsAt(map, 103, 60), kReasonClearance + 0U);
  EXPECT_EQ(map.p_site.grid.At(103, 60), 0);
  EXPECT_NEAR(map.clearance_m.grid.At(103, 60), 0.39 - 0.6 * std::cos(DegToRad(9.5)) + 0.2 * tangent, 0.03);
  // 17 columns to its left one pad of some yaw stands on it, up the slope.
  EXPECT_TRUE(ReasonsAt(map, 83, 60) & kReasonTilt);
  // 21 columns off, nothing of the lander reaches it.
  EXPECT_EQ(ReasonsAt(map, 78, 60), 0U);
  EXPECT_EQ(ReasonsAt(map, 5, 80), kReasonUnknown | kReasonEdge | 0U);
}

// Slope and roughness stay layers and are no reasons: a hole of two cells is rough for the plane, and bridged
// by a pad.
TEST(LanderMap, TheTestDecidesInPlaceOfThePlane) {
  const auto dem =
      GroundWorld(0, 161, 0.1, [](double x, double y) { return std::hypot(x, y) < 0.12 ? -0.6 : 0.0; });
  const HazardMap map = MapHazards(dem, TestLander());
  EXPECT_GT(map.roughness_m.grid.At(80, 80), 0.39);
  EXPECT_EQ(ReasonsAt(map, 80, 80), 0U);
  EXPECT_NEAR(map.clearance_m.grid.At(80, 80), 0.39, 1e-5);
  HazardOptions limits = TestLander();
  limits.lander.reset();
  const HazardMap plane = MapHazards(dem, limits);
  EXPECT_EQ(ReasonsAt(plane, 80, 80), kReasonRoughness + 0U);
  EXPECT_TRUE(plane.tilt_rad.grid.empty());
  EXPECT_NE(plane.options_hash, map.options_hash);
}

TEST(LanderMap, AGapUnderThePadsIsUnknown) {
  auto dem = GroundWorld(0, 161, 0.1, [](double, double) { return 0.0; });
  dem.grid.At(80, 80) = std::numeric_limits<float>::quiet_NaN();
  const HazardMap map = MapHazards(dem, TestLander());
  for (const int off : {0, 10, 17, 19}) {
    EXPECT_EQ(ReasonsAt(map, 80 + off, 80), kReasonUnknown + 0U) << off;
    EXPECT_EQ(map.hazard_class.grid.At(80 + off, 80), static_cast<int>(HazardClass::kUnknown));
    EXPECT_EQ(map.p_site.grid.At(80 + off, 80), 0);
  }
  EXPECT_EQ(ReasonsAt(map, 80 + 21, 80), 0U);
}

// Equirectangular at 60 degrees: columns of 0.2 m of the map are 0.1 m on the ground.
TEST(LanderMap, ScaleOfEachAxis) {
  const double tangent = std::tan(DegToRad(8));
  const auto east = GroundWorld(60, 161, 0.1, [&](double x, double) { return tangent * x; });
  const auto north = GroundWorld(60, 161, 0.1, [&](double, double y) { return tangent * y; });
  EXPECT_NEAR(MapHazards(east, TestLander()).tilt_rad.grid.At(80, 80), DegToRad(8), 1e-4);
  EXPECT_NEAR(MapHazards(north, TestLander()).tilt_rad.grid.At(80, 80), DegToRad(8), 1e-4);
}

TEST(LanderMap, CellsThatDoNotShowTheLanderAreRefused) {
  const auto dem = GroundWorld(0, 31, 5.0, [](double, double) { return 0.0; });
  EXPECT_THROW(MapHazards(dem, TestLander()), std::invalid_argument);
}

TEST(LanderMap, CropAndThreadsKeepTheBands) {
  auto dem = GroundWorld(20, 400, 0.1, [](double, double) { return 0.0; });
  dem.grid = worlds::RockyGround(400, 400, 0.1, 3, 1200);
  const auto run = [&](int threads) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    return MapHazards(dem, TestLander());
  };
  const HazardMap one = run(1), two = run(2);
  const std::size_t bytes = one.tilt_rad.grid.data.size() * sizeof(float);
  EXPECT_EQ(std::memcmp(one.tilt_rad.grid.data.data(), two.tilt_rad.grid.data.data(), bytes), 0);
  EXPECT_EQ(std::memcmp(one.clearance_m.grid.data.data(), two.clearance_m.grid.data.data(), bytes), 0);
  EXPECT_EQ(one.reasons.grid.data, two.reasons.grid.data);
  const HazardMap part = CropHazards(one, 100, 110, 50, 60);
  EXPECT_EQ(part.tilt_rad.grid.At(3, 4), one.tilt_rad.grid.At(103, 114));
  EXPECT_EQ(part.clearance_m.grid.At(3, 4), one.clearance_m.grid.At(103, 114));
}

}  // namespace
}  // namespace perilune::dem
