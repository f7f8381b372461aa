#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>

#include "dem/hazard/hazard_mapper.h"
#include "dem/synthesis/random.h"
#include "tests/dem/hazard/analytic_worlds.h"

namespace perilune::dem {
namespace {

/// Hills, boulders, noise and a hole at 85 degrees south, where the scale changes from cell to cell.
Raster<float> PolarGround(int size, double cell_m) {
  Raster<float> dem = worlds::MakeRaster(
      worlds::kSouthPolar, {100'000, 113'000}, size, cell_m, cell_m, [](double x, double y) {
        return 40 * std::sin(x / 170) * std::cos(y / 230) + 9 * std::sin(x / 31 + y / 47);
      });
  for (std::size_t i = 0; i < dem.grid.data.size(); ++i) {
    dem.grid.data[i] += static_cast<float>(0.05 * RandomNormal(11, 1, i));
    if (RandomUniform(11, 2, i) < 0.002) dem.grid.data[i] += 1.5F;
  }
  for (int row = 300; row < 320; ++row) {
    for (int col = 240; col < 275; ++col) dem.grid.At(col, row) = std::numeric_limits<float>::quiet_NaN();
  }
  return dem;
}

HazardOptions EveryBand(double height_correlation_m) {
  Lander lander;
  lander.leg_circle_diameter_m = 9;
  lander.pad_diameter_m = 2;
  lander.body_clearance_m = lander.max_roughness_m = 1;
  HazardOptions options = HazardOptions().With(lander);
  options.height_sigma_m = 0.05;
  options.probability_draws = 4;
  options.height_correlation_m = height_correlation_m;
  options.more_slope_baselines_m = {20, 41};
  options.least_detail_ratio = 0.13;
  return options;
}

/// The Sun 6 degrees high over the middle of PolarGround.
PlacedSun LowSun(const Raster<float>& dem) {
  const Eigen::Vector2d middle =
      dem.crs_from_pixel * Eigen::Vector2d(dem.grid.width / 2, dem.grid.height / 2);
  PlacedSun sun;
  const double radius = middle.norm();
  sun.site = MakeSite(
      {-(kPi / 2 - 2 * std::atan(radius / (2 * kMoonRadius_m))), std::atan2(middle.x(), middle.y())});
  sun.sun.direction_to_sun_in_site =
      Eigen::Vector3d(std::cos(0.1) * std::sin(2.4), std::cos(0.1) * std::cos(2.4), std::sin(0.1));
  sun.sun.angular_radius_rad = 0.00465;
  return sun;
}

bool SameBytes(const Grid<float>& a, const Grid<float>& b) {
  return a.width == b.width && a.height == b.height &&
         std::memcmp(a.data.data(), b.data.data(), a.data.size() * sizeof(float)) == 0;
}

/// The block's cells of the whole map.
HazardMap PartOf(const HazardMap& whole, const CellWindow& block) {
  return CropHazards(whole, block.col, block.row, block.width, block.height);
}

struct ReadGround {
  Grid<float> heights;
  CellWindow window;
};

/// The block and its reach, beginning at whole tiles.
ReadGround ReadAround(const Raster<float>& dem, const CellWindow& block, const HazardReach& reach) {
  const auto floor_tile = [](int cell) { return std::max(0, cell) / kHazardTile * kHazardTile; };
  const int left = floor_tile(block.col - reach.cols + std::min(0, reach.to_sun.x()));
  const int top = floor_tile(block.row - reach.rows + std::min(0, reach.to_sun.y()));
  const int right = std::min(dem.grid.width, block.EndCol() + reach.cols + std::max(0, reach.to_sun.x()));
  const int bottom = std::min(dem.grid.height, block.EndRow() + reach.rows + std::max(0, reach.to_sun.y()));
  ReadGround part{Grid<float>(right - left, bottom - top), {left, top, right - left, bottom - top}};
  for (int row = top; row < bottom; ++row) {
    std::copy_n(&dem.grid.At(left, row), right - left, &part.heights.At(0, row - top));
  }
  return part;
}

struct BlockCase {
  int side;
  double height_correlation_m;
};

class HazardBlocks : public ::testing::TestWithParam<BlockCase> {};

// Every band of every block has the bits of the whole map, seams included, whatever else is in memory.
TEST_P(HazardBlocks, AreTheWholeBitForBit) {
  const int side = GetParam().side, size = 450;
  const Raster<float> dem = PolarGround(size, 2);
  const HazardOptions options = EveryBand(GetParam().height_correlation_m);
  const PlacedSun sun = LowSun(dem);
  const double shadow_reach_m = 300;
  HazardGround ground{dem.grid, {0, 0, size, size}, size, size, dem.crs_wkt, dem.crs_from_pixel};
  const ShadowGround extremes = WholeShadowGround(dem.grid);
  ground.lowest_m = extremes.lowest_m;
  ground.highest_m = extremes.highest_m;
  ground.shadow_reach_m = shadow_reach_m;
  const HazardMap whole = HazardMapper(ground, options, sun).Map(ground.window);
  const GroundMetric metric(dem.crs_wkt, dem.crs_from_pixel, size, size);
  const HazardReach reach = ReachOfHazards(metric.At(size / 2, size / 2), options, sun, shadow_reach_m);
  int smaller = 0;
  for (int row = 0; row < size; row += side) {
    for (int col = 0; col < size; col += side) {
      const CellWindow block{col, row, std::min(side, size - col), std::min(side, size - row)};
      const ReadGround read = ReadAround(dem, block, reach);
      smaller += read.window.width < size;
      const HazardGround part{
          read.heights,    read.window,      size,          size, dem.crs_wkt, dem.crs_from_pixel,
          ground.lowest_m, ground.highest_m, shadow_reach_m};
      const HazardMap map = HazardMapper(part, options, sun).Map(block);
      const HazardMap expected = PartOf(whole, block);
      const auto bands = map.FloatBands();
      const auto of_whole = expected.FloatBands();
      ASSERT_EQ(bands.size(), 12U);
      for (std::size_t i = 0; i < bands.size(); ++i)
        EXPECT_TRUE(SameBytes(bands[i]->grid, of_whole[i]->grid))
            << bands[i]->name << " of the block at " << col << ", " << row;
      EXPECT_EQ(map.reasons.grid.data, expected.reasons.grid.data);
      EXPECT_EQ(map.hazard_class.grid.data, expected.hazard_class.grid.data);
      EXPECT_EQ(map.options_hash, expected.options_hash);
    }
  }
  EXPECT_GT(smaller, 0);
  int dark = 0, clear = 0;
  for (const std::uint16_t reasons : whole.reasons.grid.data) {
    dark += (reasons & kReasonShadow) != 0;
    clear += (reasons & ~kReasonInterpolated) == 0;
  }
  EXPECT_GT(dark, 1000);  // the case means something
  EXPECT_GT(clear, 300);
}

// Correlated and independent errors: each has its own draws of the ground.
INSTANTIATE_TEST_SUITE_P(Sides, HazardBlocks,
                         ::testing::Values(BlockCase{128, 4}, BlockCase{256, 4}, BlockCase{128, 0}));

TEST(HazardBlocksCheck, RefuseWhatWouldMoveTheTiles) {
  const Raster<float> dem = worlds::GroundWorld(0, 300, 1, [](double, double) { return 0.0; });
  const HazardGround off{dem.grid, {64, 0, 300, 300}, 500, 500, dem.crs_wkt, dem.crs_from_pixel};
  EXPECT_THROW(HazardMapper(off, {}, {}), std::invalid_argument);
  const HazardGround ground{dem.grid, {0, 0, 300, 300}, 300, 300, dem.crs_wkt, dem.crs_from_pixel};
  const HazardMapper mapper(ground, {}, {});
  EXPECT_THROW(mapper.Map({0, 0, 100, 128}), std::invalid_argument);
  EXPECT_THROW(mapper.Map({64, 0, 128, 128}), std::invalid_argument);
  EXPECT_EQ(mapper.Map({256, 128, 44, 172}).width(), 44);
}

// A wall of 2 m: 2 along its foot and its top, also across a diagonal; a slope of 0.1 rises 0.1 · √2 along
// it.
TEST(HazardStep, IsTheLargestDifferenceToANeighbour) {
  Raster<float> dem = worlds::GroundWorld(0, 31, 1, [](double x, double) { return x >= 3 ? 2.0 : 0.0; });
  const HazardMap wall = MapHazards(dem, {});
  EXPECT_EQ(wall.step_m.grid.At(17, 15), 2);
  EXPECT_EQ(wall.step_m.grid.At(18, 15), 2);
  EXPECT_EQ(wall.step_m.grid.At(16, 15), 0);
  EXPECT_TRUE(std::isnan(wall.step_m.grid.At(0, 15)));
  dem.grid.At(5, 5) = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(std::isnan(MapHazards(dem, {}).step_m.grid.At(6, 6)));
  EXPECT_FALSE(std::isnan(MapHazards(dem, {}).step_m.grid.At(7, 7)));
  const Raster<float> slope =
      worlds::GroundWorld(0, 31, 1, [](double x, double y) { return 0.1 * x + 0.1 * y; });
  EXPECT_NEAR(MapHazards(slope, {}).step_m.grid.At(15, 15), 0.2, 1e-5);
}

// A ridge whose slope is 0.2 within 30 m: a circle of 10 m sees it, one of 60 m over the crest sees none.
TEST(HazardMoreSlopes, EachHasItsBaseline) {
  const Raster<float> dem =
      worlds::GroundWorld(0, 121, 1, [](double x, double) { return -0.2 * std::abs(x); });
  HazardOptions options;
  options.more_slope_baselines_m = {10, 60};
  const HazardMap map = MapHazards(dem, options);
  ASSERT_EQ(map.more_slopes_rad.size(), 2U);
  EXPECT_EQ(map.more_slopes_rad[0].name, "slope_10m_rad");
  EXPECT_NEAR(map.more_slopes_rad[0].grid.At(80, 60), std::atan(0.2), 1e-6);
  EXPECT_EQ(map.more_slopes_rad[0].grid.At(80, 60), map.slope_rad.grid.At(80, 60));
  EXPECT_NEAR(map.more_slopes_rad[1].grid.At(60, 60), 0, 1e-6);
  EXPECT_TRUE(std::isnan(map.more_slopes_rad[1].grid.At(29, 60)));
  EXPECT_EQ(map.reasons.grid.At(29, 60) & kReasonUnknown, 0);  // the footprint alone decides
  options.more_slope_baselines_m = {-1};
  EXPECT_THROW(MapHazards(dem, options), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::dem
