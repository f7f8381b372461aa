#include "dem/io/block_stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <limits>
#include <stdexcept>

#include "dem/io/raster_file.h"
#include "tests/support/temp_folder.h"

namespace perilune::dem {
namespace {

constexpr int kWidth = 1100, kHeight = 700;

StreamPlace Place() {
  StreamPlace place;
  place.width = kWidth;
  place.height = kHeight;
  place.crs_wkt = OrthographicCrs(20, 30);
  place.crs_from_pixel.linear() << 2, 0, 0, -2;
  place.crs_from_pixel.translation() << -1099, 699;
  return place;
}

/// 0 over whole tiles on the right, NaN in a corner.
float ValueAt(int col, int row) {
  if (col >= 1000) return 0;
  if (col < 9 && row < 9) return std::numeric_limits<float>::quiet_NaN();
  return static_cast<float>(col + 0.25 * row);
}

/// From the last block to the first.
template <typename T, typename Value>
void WriteBlocks(BlockStream<T>& stream, int side, const Value& value) {
  for (int row = (kHeight - 1) / side * side; row >= 0; row -= side) {
    for (int col = (kWidth - 1) / side * side; col >= 0; col -= side) {
      Grid<T> block(std::min(side, kWidth - col), std::min(side, kHeight - row));
      for (int r = 0; r < block.height; ++r)
        for (int c = 0; c < block.width; ++c) block.At(c, r) = value(col + c, row + r);
      stream.Write(col, row, block);
    }
  }
}

struct StreamCase {
  int side;
  std::size_t largest_in_memory_bytes;
};

class BlockStreams : public ::testing::TestWithParam<StreamCase> {};

TEST_P(BlockStreams, GiveBackWhatWasWritten) {
  const test::TempFolder folder;
  const auto path = folder / "a.tif";
  {
    StreamPlace place = Place();
    place.largest_in_memory_bytes = GetParam().largest_in_memory_bytes;
    BlockStream<float> stream(path, place);
    WriteBlocks(stream, GetParam().side, ValueAt);
    const bool on_disk = GetParam().largest_in_memory_bytes == 0;
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), on_disk ? 1 : 0);
    EXPECT_EQ(stream.Read({300, 400, 5, 5}).At(2, 3), ValueAt(302, 403));
    EXPECT_FALSE(std::filesystem::exists(path)) << "it appears whole";
    stream.Finish({"p", "1", {{"QUANTITY", "share"}}, {}}, std::numeric_limits<float>::quiet_NaN(),
                  {{"PERILUNE_DEM_HASH", "12"}});
  }
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1) << "no temporary stays";
  const RasterFile file(path);
  const Raster<float> raster = file.ReadWindow(0, 0, kWidth, kHeight);
  EXPECT_TRUE(raster.crs_from_pixel.isApprox(Place().crs_from_pixel));
  int different = 0;
  for (int row = 0; row < kHeight; ++row) {
    for (int col = 0; col < kWidth; ++col) {
      const float expected = ValueAt(col, row), found = raster.grid.At(col, row);
      different += std::isnan(expected) ? !std::isnan(found) : expected != found;
    }
  }
  EXPECT_EQ(different, 0);
}

INSTANTIATE_TEST_SUITE_P(Sides, BlockStreams,
                         ::testing::Values(StreamCase{128, 0}, StreamCase{512, 0}, StreamCase{2000, 0},
                                           StreamCase{512, 4 * kWidth* kHeight},
                                           StreamCase{2000, 4 * kWidth* kHeight}));

TEST(BlockStreamOfCodes, HasItsColours) {
  const test::TempFolder folder;
  BlockStream<std::uint8_t> stream(folder / "class.tif", Place());
  WriteBlocks(stream, 256, [](int col, int row) { return static_cast<std::uint8_t>((col / 100 + row) % 6); });
  stream.Finish({"class", "", {}, {{1, 10, 20, 30}}}, std::uint8_t{0}, {});
  EXPECT_THROW(RasterFile(folder / "class.tif"), std::exception);  // a picture, no heights
  const RasterFile file(folder / "class.tif", {1, "", true});
  EXPECT_EQ(file.ReadWindow(301, 4, 1, 1).grid.At(0, 0), 1);
  EXPECT_TRUE(std::isnan(file.ReadWindow(301, 3, 1, 1).grid.At(0, 0)));  // 0: no data
}

TEST(BlockStreamCheck, RefusesAndCleansUp) {
  const test::TempFolder folder;
  {
    BlockStream<float> stream(folder / "a.tif", Place());
    EXPECT_THROW(stream.Write(kWidth - 1, 0, Grid<float>(2, 1)), std::invalid_argument);
    EXPECT_THROW(stream.Read({-1, 0, 2, 1}), std::invalid_argument);
    StreamPlace none = Place();
    none.crs_wkt = "no CRS";
    EXPECT_THROW(BlockStream<float>(folder / "b.tif", none), std::invalid_argument);
    none = Place();
    none.width = 0;
    EXPECT_THROW(BlockStream<float>(folder / "b.tif", none), std::invalid_argument);
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace perilune::dem
