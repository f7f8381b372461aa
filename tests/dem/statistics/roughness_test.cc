#include "dem/statistics/roughness.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

namespace perilune::dem {
namespace {

Grid<float> Filled(int width, int height, double (*f)(int, int)) {
  Grid<float> grid(width, height);
  for (int r = 0; r < height; ++r)
    for (int c = 0; c < width; ++c) grid.At(c, r) = static_cast<float>(f(c, r));
  return grid;
}

// z = 0.2 x on cells of 1 m: half of the differences are 0.2 L, half are 0, so the RMS slope is 0.2/√2.
TEST(RmsSlope, OfAPlaneIsHandDerived) {
  const Grid<float> plane = Filled(40, 40, [](int c, int) { return 0.2 * c; });
  for (int lag : {1, 3, 9})
    EXPECT_NEAR(ChangesOver(plane, lag).RmsSlope_rad(lag), std::atan(0.2 / std::sqrt(2)), 1e-6);
}

// A deviation that grows with the baseline has H = 1; one that does not, H = 0.
TEST(Hurst, OfAPlaneIsOneAndOfACheckerboardIsZero) {
  const Grid<float> plane = Filled(60, 60, [](int c, int r) { return 0.1 * c - 0.3 * r; });
  const Grid<float> board = Filled(60, 60, [](int c, int r) { return (c + r) % 2 == 0 ? 1.0 : -1.0; });
  std::vector<SquaredChanges> of_plane, of_board;
  for (int lag : {1, 3, 5, 9}) {
    of_plane.push_back(ChangesOver(plane, lag));
    of_board.push_back(ChangesOver(board, lag));
  }
  EXPECT_NEAR(HurstExponent({1, 3, 5, 9}, of_plane), 1, 1e-5);
  EXPECT_NEAR(HurstExponent({1, 3, 5, 9}, of_board), 0, 1e-9);
  EXPECT_THROW(HurstExponent({1}, of_board), std::invalid_argument);
}

TEST(ChangesOver, LeavesOutMissingCells) {
  Grid<float> grid(3, 1);
  grid.At(0, 0) = 1;
  grid.At(1, 0) = std::numeric_limits<float>::quiet_NaN();
  grid.At(2, 0) = 4;
  EXPECT_EQ(ChangesOver(grid, 1).count, 0);
  EXPECT_EQ(ChangesOver(grid, 2).sum_m2, 9);
  EXPECT_THROW(ChangesOver(grid, 0), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::dem
