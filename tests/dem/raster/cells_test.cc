#include "dem/raster/cells.h"

#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "dem/raster/grid.h"

namespace perilune::dem {
namespace {

struct Mapped {
  std::shared_ptr<std::vector<float>> file = std::make_shared<std::vector<float>>(6, 1.0F);
  Cells<float> cells{file->data(), file->size(), file};
};

TEST(Cells, AreTheMappingUntilTheyAreCopied) {
  Mapped mapped;
  EXPECT_TRUE(mapped.cells.IsMapped());
  Cells<float> copy = mapped.cells;
  EXPECT_FALSE(copy.IsMapped());
  EXPECT_TRUE(copy == mapped.cells);
  copy[2] = 7;
  EXPECT_EQ((*mapped.file)[2], 1);
  mapped.cells[3] = 5;
  EXPECT_EQ((*mapped.file)[3], 5);
  EXPECT_EQ(copy[3], 1);
}

TEST(Cells, MovingKeepsTheMappingAlive) {
  Mapped mapped;
  const float* where = mapped.cells.data();
  Cells<float> taken = std::move(mapped.cells);
  const std::weak_ptr<std::vector<float>> file = mapped.file;
  mapped.file.reset();
  EXPECT_FALSE(file.expired());
  EXPECT_EQ(taken.data(), where);
  taken = Cells<float>(2, 3.0F);
  EXPECT_TRUE(file.expired());
  EXPECT_EQ(taken.size(), 2U);
  EXPECT_EQ(taken[1], 3);
}

TEST(Cells, MovedFromCellsAreEmpty) {
  Cells<float> a(3, 2.0F);
  const Cells<float> b = std::move(a);
  EXPECT_TRUE(a.empty());  // NOLINT(bugprone-use-after-move): that state is the point
  EXPECT_EQ(a.begin(), a.end());
  EXPECT_EQ(b.size(), 3U);
}

TEST(Cells, ResizingAMappingMakesItMemoryWithTheSameValues) {
  Mapped mapped;
  mapped.cells[5] = 9;
  mapped.cells.resize(8);
  EXPECT_FALSE(mapped.cells.IsMapped());
  EXPECT_EQ(mapped.cells[5], 9);
  EXPECT_EQ(mapped.cells[7], 0);
  EXPECT_EQ(mapped.file->size(), 6U);
}

TEST(Cells, AGridCopiesDeeplyAndKeepsItsShape) {
  Mapped mapped;
  Grid<float> grid;
  grid.width = 3;
  grid.height = 2;
  grid.data = std::move(mapped.cells);
  Grid<float> copy = grid;
  copy.At(2, 1) = 4;
  EXPECT_EQ(grid.At(2, 1), 1);
  EXPECT_TRUE(grid.data.IsMapped());
  EXPECT_FALSE(copy.data.IsMapped());
  const std::vector<float> values = grid.data;
  EXPECT_EQ(values, std::vector<float>(6, 1.0F));
}

}  // namespace
}  // namespace perilune::dem
