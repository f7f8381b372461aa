#include "dem/terrain/level_join.h"

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "tests/support/nested_terrain.h"

namespace perilune::dem {
namespace {

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

TerrainLevel Centred(int side, double spacing_m, float z_m) {
  TerrainLevel level;
  level.z_m = Grid<float>(side, side, z_m);
  level.spacing_m = spacing_m;
  level.x0_m = -0.5 * (side - 1) * spacing_m;
  level.y0_m = 0.5 * (side - 1) * spacing_m;
  return level;
}

// Ten metres over the ground around it: what is left is ten times the weight, 3 s² − 2 s³ with s = k / 16.
TEST(JoinLevels, AFlatLevelFadesIntoALowerOneAsTheWeightSays) {
  std::vector<TerrainLevel> levels = {Centred(101, 1, 10), Centred(101, 3, 0)};
  JoinLevels(levels);
  const Grid<float>& z = levels[0].z_m;
  EXPECT_EQ(z.At(0, 50), 0);
  EXPECT_FLOAT_EQ(z.At(4, 50), 1.5625F);                                    // s = 1/4: 10 · (3/16 − 2/64)
  EXPECT_FLOAT_EQ(z.At(50, 8), 5);                                          // s = 1/2
  EXPECT_FLOAT_EQ(z.At(88, 50), 8.4375F);                                   // 12 from the right border
  EXPECT_FLOAT_EQ(z.At(96, 97), 10 * (3 * 9.0F / 256 - 2 * 27.0F / 4096));  // 3 from the nearer side
  EXPECT_EQ(z.At(16, 50), 10);
  EXPECT_EQ(z.At(50, 50), 10);
}

TEST(JoinLevels, MissingCellsTakeTheCoarserGroundAndTheRestFadesIntoThem) {
  std::vector<TerrainLevel> levels = {Centred(101, 1, 10), Centred(101, 3, 0)};
  levels[0].z_m.At(50, 50) = kMissing;
  JoinLevels(levels);
  const Grid<float>& z = levels[0].z_m;
  EXPECT_EQ(z.At(50, 50), 0);
  EXPECT_FLOAT_EQ(z.At(54, 50), 1.5625F);
  EXPECT_FLOAT_EQ(z.At(46, 47), 1.5625F);  // the larger of columns and rows counts
  EXPECT_FLOAT_EQ(z.At(50, 58), 5);
  EXPECT_EQ(z.At(66, 50), 10);
  EXPECT_EQ(z.At(34, 34), 10);
}

TEST(JoinLevels, WhereTheCoarserLevelHasNothingTheFinerOneStays) {
  std::vector<TerrainLevel> levels = {Centred(101, 1, 10), Centred(101, 3, kMissing)};
  levels[0].z_m.At(20, 20) = kMissing;
  levels[1].z_m.At(0, 0) = 1;
  JoinLevels(levels);
  EXPECT_EQ(levels[0].z_m.At(0, 50), 10);
  EXPECT_EQ(levels[0].z_m.At(21, 20), 10);
  EXPECT_TRUE(std::isnan(levels[0].z_m.At(20, 20)));
}

TEST(JoinLevels, TheFadeIsFourCoarseCellsWideWhereThereIsRoom) {
  EXPECT_EQ(BlendCells(Centred(101, 1, 0), Centred(101, 3, 0)), 16);
  EXPECT_EQ(BlendCells(Centred(401, 1, 0), Centred(101, 10, 0)), 40);
  EXPECT_EQ(BlendCells(Centred(101, 1, 0), Centred(101, 10, 0)), 25);
  EXPECT_EQ(BlendCells(Centred(40, 1, 0), Centred(101, 10, 0)), 16);
  EXPECT_EQ(BlendCells(Centred(2001, 1, 0), Centred(101, 500, 0)), 128);
}

// The distances are taken band by band while the level is being filled; here cell by cell from the original.
TEST(JoinLevels, BandsOfRowsDoNotShow) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    std::vector<TerrainLevel> levels = {test::RoughLevel(seed, 1, 60, 419, 0.01),
                                        test::RoughLevel(seed + 9, 6, 90, 90, 0)};
    for (float& z : levels[0].z_m.data) z += 100;  // so that any weight below 1 shows
    const Grid<float> original = levels[0].z_m;
    const int blend = BlendCells(levels[0], levels[1]);
    ASSERT_EQ(blend, 16);
    JoinLevels(levels);
    for (int row = 0; row < original.height; ++row) {
      for (int col = 0; col < original.width; ++col) {
        int inside =
            std::min(std::min(col, original.width - 1 - col), std::min(row, original.height - 1 - row));
        for (int dr = -blend; dr <= blend; ++dr) {
          for (int dc = -blend; dc <= blend; ++dc) {
            if (original.Contains(col + dc, row + dr) && std::isnan(original.At(col + dc, row + dr))) {
              inside = std::min(inside, std::max(std::abs(dc), std::abs(dr)));
            }
          }
        }
        const bool changed = !(levels[0].z_m.At(col, row) == original.At(col, row));
        ASSERT_EQ(changed, inside < blend) << col << " " << row;
      }
    }
  }
}

TEST(JoinLevels, OneThreadAndTwoGiveTheSameBytes) {
  const auto join = [](std::size_t threads) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    std::vector<TerrainLevel> levels = test::RoughLevels(7);
    JoinLevels(levels);
    return levels[0].z_m.data;
  };
  const Cells<float> one = join(1), two = join(2);
  EXPECT_EQ(std::memcmp(one.data(), two.data(), one.size() * sizeof(float)), 0);
}

}  // namespace
}  // namespace perilune::dem
