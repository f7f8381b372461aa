#include "dem/hazard/detail_ratio.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <stdexcept>
#include <vector>

#include "dem/hazard/hazard_map.h"
#include "dem/synthesis/random.h"
#include "tests/dem/hazard/analytic_worlds.h"

namespace perilune::dem {
namespace {

Grid<float> GridOf(int size, const std::function<double(int, int)>& height) {
  Grid<float> grid(size, size);
  for (int row = 0; row < size; ++row)
    for (int col = 0; col < size; ++col) grid.At(col, row) = static_cast<float>(height(col, row));
  return grid;
}

float MiddleRatio(const Grid<float>& grid) {
  return DetailRatios(grid, {grid.width / 2, grid.height / 2, 1, 1}).front();
}

double White(int col, int row) {
  return RandomNormal(3, static_cast<std::uint64_t>(row), static_cast<std::uint64_t>(col));
}

// A parabola's second difference is the lag squared: 1/16. White noise has the same at every lag: 1. A plane
// tells nothing.
TEST(DetailRatio, ByHand) {
  EXPECT_NEAR(MiddleRatio(GridOf(41, [](int col, int row) { return 0.25 * col * col + 0.5 * row * row; })),
              1.0 / 16, 1e-6);
  EXPECT_NEAR(MiddleRatio(GridOf(41, White)), 1, 0.3);
  EXPECT_TRUE(std::isnan(MiddleRatio(GridOf(41, [](int col, int row) { return 2.0 * col - row; }))));
  Grid<float> hole = GridOf(41, White);
  hole.At(20, 20) = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(std::isnan(MiddleRatio(hole)));
  EXPECT_TRUE(std::isfinite(DetailRatios(hole, {22, 21, 1, 1}).front()));
  EXPECT_TRUE(std::isfinite(DetailRatios(hole, {0, 40, 1, 1}).front()));  // the grid's corner
}

// Rough ground of 8-cell posts, interpolated linearly to cells, beside the same roughness at every cell: the
// first is found, the second is not, and neither by chance.
TEST(DetailRatio, FindsInterpolatedGroundAndNoOther) {
  const int size = 320, post = 8;
  const auto interpolated = [&](int col, int row) {
    const int c = col / post, r = row / post;
    const double u = (col % post) / static_cast<double>(post), v = (row % post) / static_cast<double>(post);
    return (1 - v) * ((1 - u) * White(c, r) + u * White(c + 1, r)) +
           v * ((1 - u) * White(c, r + 1) + u * White(c + 1, r + 1));
  };
  // Cells of one random walk along each row and down the columns: H = 0.5.
  Grid<float> walk(size, size);
  std::vector<double> down(static_cast<std::size_t>(size), 0.0);
  for (int row = 0; row < size; ++row) {
    double along = 0;
    for (int col = 0; col < size; ++col) {
      along += White(col, row + 1000);
      down[static_cast<std::size_t>(col)] += White(col, row + 3000);
      walk.At(col, row) = static_cast<float>(along + down[static_cast<std::size_t>(col)]);
    }
  }
  const auto share_below = [&](const Grid<float>& grid) {
    int below = 0, all = 0;
    for (int row = 16; row + 64 < size; row += 64) {
      for (int col = 16; col + 64 < size; col += 64) {
        for (const float ratio : DetailRatios(grid, {col, row, 64, 64})) {
          ++all;
          below += ratio < 0.25F;
        }
      }
    }
    return static_cast<double>(below) / all;
  };
  EXPECT_LT(share_below(walk), 0.01);
  EXPECT_GT(share_below(GridOf(size, interpolated)), 0.5);
}

// The bit comes with the ratio and leaves the class alone; a DEM coarser than the footprint says so
// everywhere.
TEST(HazardConfidence, IsAReasonAndNoClass) {
  const auto smooth =
      worlds::GroundWorld(0, 61, 1, [](double x, double y) { return 1e-4 * (x * x + y * y); });
  HazardOptions options;
  EXPECT_EQ(MapHazards(smooth, options).reasons.grid.At(30, 30), 0);
  EXPECT_TRUE(MapHazards(smooth, options).detail_ratio.grid.empty());
  options.least_detail_ratio = 0.13;
  const HazardMap map = MapHazards(smooth, options);
  EXPECT_NEAR(map.detail_ratio.grid.At(30, 30), 1.0 / 16, 0.01);
  EXPECT_EQ(map.reasons.grid.At(30, 30), kReasonInterpolated);
  EXPECT_EQ(map.hazard_class.grid.At(30, 30), static_cast<std::uint8_t>(HazardClass::kSafe));
  options.effective_resolution_m = 9;  // the footprint has 10
  EXPECT_EQ(MapHazards(smooth, options).reasons.grid.At(30, 30), kReasonInterpolated);
  options.effective_resolution_m = 30;
  EXPECT_EQ(MapHazards(smooth, options).reasons.grid.At(30, 30), kReasonInterpolated | kReasonUnresolved);
  options.least_detail_ratio = 1;
  EXPECT_THROW(MapHazards(smooth, options), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::dem
