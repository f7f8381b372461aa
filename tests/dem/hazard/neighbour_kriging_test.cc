#include "dem/hazard/neighbour_kriging.h"

#include <gtest/gtest.h>

#include <cmath>

namespace perilune::dem {
namespace {

// Spreads from that of the errors alone to ten thousand times as much.
TEST(NeighbourKriging, KeepsPlanesAtEveryLevel) {
  for (const double spread : {0.5, 1.0, 1.3, 2.0, 5.0, 100.0, 1e4}) {
    const NeighbourKriging::Level& level = TheNeighbourKriging().At(TheNeighbourKriging().LevelOf(spread));
    double sum = 0, by_col = 0, by_row = 0, squares = 0;
    for (int i = 0; i < NeighbourKriging::kCells; ++i) {
      const double weight = level.weights[static_cast<std::size_t>(i)];
      sum += weight;
      by_col += weight * (i % NeighbourKriging::kSide - NeighbourKriging::kReach);
      by_row += weight * (i / NeighbourKriging::kSide - NeighbourKriging::kReach);
      squares += weight * weight;
    }
    EXPECT_NEAR(sum, 1, 1e-5) << spread;
    EXPECT_NEAR(by_col, 0, 1e-5) << spread;
    EXPECT_NEAR(by_row, 0, 1e-5) << spread;
    EXPECT_NEAR(level.errors, squares, 1e-5) << spread;
    EXPECT_GE(level.ground, 0) << spread;
  }
}

// 24 equal weights where errors are all there is; the four next cells' above all where the ground is rough.
TEST(NeighbourKriging, NearCellsCountWhereTheGroundIsRough) {
  const NeighbourKriging& kriging = TheNeighbourKriging();
  const NeighbourKriging::Level &flat = kriging.At(kriging.LevelOf(1)),
                                &rough = kriging.At(kriging.LevelOf(1e4));
  constexpr std::size_t kCorner = 0, kNext = 11, kOwn = 12;
  EXPECT_NEAR(flat.weights[kCorner], 1.0 / 24, 0.01);
  EXPECT_NEAR(flat.weights[kNext], 1.0 / 24, 0.01);
  EXPECT_NEAR(flat.errors, 1.0 / 24, 0.002);
  EXPECT_LT(flat.ground, 0.02);
  EXPECT_GT(rough.weights[kNext], 0.25F);
  EXPECT_LT(std::abs(rough.weights[kCorner]), 0.1F);
  EXPECT_GT(rough.ground, 100 * flat.ground);
  EXPECT_EQ(flat.weights[kOwn], 0);
  EXPECT_EQ(rough.weights[kOwn], 0);
}

}  // namespace
}  // namespace perilune::dem
