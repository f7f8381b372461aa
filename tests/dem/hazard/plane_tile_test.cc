#include "dem/hazard/plane_tile.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "dem/frames/moon.h"
#include "tests/dem/hazard/footprint_worlds.h"

namespace perilune::dem {
namespace {

using worlds::RockyGround;

Footprint Circle(int across) { return MakeDisc(Eigen::Matrix2d::Identity(), across - 1); }

struct Errors {
  double slope_deg = 0, rms_m = 0, deviation_m = 0, relief_m = 0;
  int cells = 0;
};

/// Against the fit of each cell in double precision; gradients are over cells of `step_m`.
Errors ErrorsOf(const Grid<float>& ground, const Footprint& footprint, double step_m) {
  Errors most;
  for (int row = 0; row < ground.height; row += kPlaneTileRows) {
    for (int col = 0; col < ground.width; col += kPlaneTileCols) {
      const PlaneTile tile{col, row, std::min(kPlaneTileCols, ground.width - col),
                           std::min(kPlaneTileRows, ground.height - row)};
      const PlaneTileFits fits = FitPlaneTile(ground, tile, footprint);
      for (int r = 0; r < tile.rows; ++r) {
        for (int c = 0; c < tile.cols; ++c) {
          const std::size_t i = static_cast<std::size_t>(r) * fits.width + c;
          const int at_col = col + c, at_row = row + r;
          const bool inside = at_col >= footprint.reach_cols && at_row >= footprint.reach_rows &&
                              at_col + footprint.reach_cols < ground.width &&
                              at_row + footprint.reach_rows < ground.height;
          const PlaneFits exact = inside ? FitPlanes(ground, at_row, at_col, 1, footprint) : PlaneFits();
          if (!inside || std::isnan(exact.mean_m[0])) {
            EXPECT_TRUE(std::isnan(fits.mean_m[i]) && std::isnan(fits.rms_m[i]) &&
                        std::isnan(fits.relief_m[i]));
            continue;
          }
          const auto slope = [&](double a, double b) {
            return RadToDeg(std::atan(std::hypot(a, b) / step_m));
          };
          const auto raise = [](double& to, double by) {
            to = std::max(to, std::isnan(by) ? 1e9 : std::abs(by));
          };
          raise(most.slope_deg,
                slope(fits.per_col_m[i], fits.per_row_m[i]) - slope(exact.per_col_m[0], exact.per_row_m[0]));
          raise(most.rms_m, fits.rms_m[i] - exact.rms_m[0]);
          raise(most.deviation_m, fits.deviation_m[i] - exact.deviation_m[0]);
          raise(most.relief_m, fits.relief_m[i] - (exact.highest_m[0] - exact.lowest_m[0]));
          ++most.cells;
        }
      }
    }
  }
  return most;
}

// Heights up to ±9000 m, from gentle to walls of 60 degrees; footprints of 3 to 41 cells across. What single
// precision holds of a height of 9000 m is 0.5 mm.
TEST(PlaneTile, MatchesDoublePrecision) {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const double step_m = 0.1 * std::pow(200.0, RandomUniform(seed, 11, 0));
    const double level_m = 18000 * (RandomUniform(seed, 11, 1) - 0.5);
    const double steep = 1.7 * RandomUniform(seed, 11, 2);
    Grid<float> ground = RockyGround(190, 150, 0.1, seed, 0);
    for (int row = 0; row < ground.height; ++row) {
      for (int col = 0; col < ground.width; ++col) {
        const double x = (col - 95) * step_m, y = (row - 75) * step_m;
        ground.At(col, row) = static_cast<float>(level_m + ground.At(col, row) + steep * (0.8 * x - 0.6 * y) +
                                                 0.002 / step_m * x * y);
      }
    }
    ground.At(120, 40) = std::numeric_limits<float>::quiet_NaN();
    const int across = 3 + 2 * static_cast<int>(20 * RandomUniform(seed, 11, 3));
    const Errors errors = ErrorsOf(ground, Circle(across), step_m);
    // Of the tile's height range.
    const double range_m = 1 + 130 * step_m * (steep + 0.3);
    EXPECT_GT(errors.cells, 5000) << seed;
    EXPECT_LT(errors.slope_deg, 0.001) << seed << ", " << across;
    EXPECT_LT(errors.rms_m, 1e-5 * range_m) << seed << ", " << across;
    EXPECT_LT(errors.deviation_m, 1e-5 * range_m) << seed << ", " << across;
    EXPECT_LT(errors.relief_m, 1e-6 * range_m) << seed << ", " << across;
  }
}

// Sheared cells: a footprint whose columns are not symmetric.
TEST(PlaneTile, ShearedFootprint) {
  Eigen::Matrix2d metric;
  metric << 1, 0.4, 0.4, 0.8;
  const Footprint footprint = MakeDisc(metric, 12);
  const Errors errors = ErrorsOf(RockyGround(150, 90, 0.1, 9, -300), footprint, 1);
  EXPECT_LT(errors.slope_deg, 1e-3);
  EXPECT_LT(errors.deviation_m, 1e-4);
}

// A sum that slides past a wall forgets it: flat ground beyond is flat to the bit.
TEST(PlaneTile, SumsDoNotDrift) {
  Grid<float> ground(128, 64, 12.5F);
  for (int col = 0; col < 128; ++col) ground.At(col, 15) = 4321.0F + static_cast<float>(col % 7);
  const PlaneTileFits fits = FitPlaneTile(ground, {0, 0, 128, 64}, Circle(21));
  for (int col = 10; col < 118; ++col) {
    const std::size_t i = static_cast<std::size_t>(40) * fits.width + col;
    EXPECT_EQ(fits.per_col_m[i], 0);
    EXPECT_EQ(fits.per_row_m[i], 0);
    EXPECT_EQ(fits.rms_m[i], 0);
    EXPECT_EQ(fits.relief_m[i], 0);
  }
}

TEST(PlaneTile, SameBytesOnEveryInstructionSet) {
  const Grid<float> ground = RockyGround(128, 64, 0.1, 2, 700);
  const PlaneTileFits first =
      FitPlaneTile(ground, {0, 0, 128, 64}, Circle(15), AvailableSimdLevels().front());
  for (const SimdLevel level : AvailableSimdLevels()) {
    const PlaneTileFits fits = FitPlaneTile(ground, {0, 0, 128, 64}, Circle(15), level);
    const auto same = [](const std::vector<float>& a, const std::vector<float>& b) {
      return std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
    };
    EXPECT_TRUE(same(fits.mean_m, first.mean_m)) << SimdLevelName(level);
    EXPECT_TRUE(same(fits.per_col_m, first.per_col_m)) << SimdLevelName(level);
    EXPECT_TRUE(same(fits.rms_m, first.rms_m)) << SimdLevelName(level);
    EXPECT_TRUE(same(fits.deviation_m, first.deviation_m)) << SimdLevelName(level);
    EXPECT_TRUE(same(fits.relief_m, first.relief_m)) << SimdLevelName(level);
  }
}

// The same cells in another grid, further from its corner: what lies beyond the reach does not matter.
TEST(PlaneTile, LooksNoFartherThanTheReach) {
  const Grid<float> ground = RockyGround(300, 200, 0.1, 4, 0);
  const Footprint footprint = Circle(11);
  const PlaneTileFits whole = FitPlaneTile(ground, {60, 50, 70, 40}, footprint);
  Grid<float> part(80, 50);
  for (int row = 0; row < 50; ++row) std::copy_n(&ground.At(55, 45 + row), 80, &part.At(0, row));
  const PlaneTileFits cut = FitPlaneTile(part, {5, 5, 70, 40}, footprint);
  for (int row = 0; row < 40; ++row) {
    for (int col = 0; col < 70; ++col) {
      const std::size_t i = static_cast<std::size_t>(row) * whole.width + col;
      EXPECT_EQ(whole.mean_m[i], cut.mean_m[i]);
      EXPECT_EQ(whole.deviation_m[i], cut.deviation_m[i]);
      EXPECT_EQ(whole.rms_m[i], cut.rms_m[i]);
    }
  }
}

}  // namespace
}  // namespace perilune::dem
