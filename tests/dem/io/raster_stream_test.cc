#include "dem/io/raster_stream.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "dem/io/data_error.h"
#include "dem/io/raster_file.h"
#include "dem/io/write_raster.h"
#include "tests/support/temp_folder.h"

namespace perilune::dem {
namespace {

RasterStreamInfo Info() {
  RasterStreamInfo info;
  info.width = 70;
  info.height = 50;
  info.crs_wkt = OrthographicCrs(20, 30);
  info.crs_from_pixel.linear() << 2, 0, 0, -2;
  info.crs_from_pixel.translation() << -69, 49;
  info.description = "height";
  info.unit = "m";
  return info;
}

Grid<float> Rows(int first, int count) {
  Grid<float> rows(70, count);
  for (int r = 0; r < count; ++r)
    for (int c = 0; c < 70; ++c) rows.At(c, r) = static_cast<float>(c + 0.25 * (first + r));
  if (first == 0) rows.At(3, 1) = std::numeric_limits<float>::quiet_NaN();
  return rows;
}

std::size_t FilesIn(const std::filesystem::path& folder) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder)) ++count;
  return count;
}

TEST(RasterStream, GivesBackWhatWasAppended) {
  const test::TempFolder folder;
  {
    RasterStream stream(folder / "a.tif", Info());
    stream.Append(Rows(0, 20));
    stream.Append(Rows(20, 29));
    EXPECT_FALSE(std::filesystem::exists(folder / "a.tif")) << "it appears whole";
    stream.Append(Rows(49, 1));
    stream.Finish();
  }
  EXPECT_EQ(FilesIn(folder.path()), 1U) << "no temporary stays";
  const RasterFile file(folder / "a.tif");
  const Raster<float> raster = file.ReadWindow(0, 0, 70, 50);
  EXPECT_TRUE(raster.crs_from_pixel.isApprox(Info().crs_from_pixel));
  for (int r = 0; r < 50; ++r) {
    for (int c = 0; c < 70; ++c) {
      if (c == 3 && r == 1) {
        EXPECT_TRUE(std::isnan(raster.grid.At(c, r)));
      } else {
        ASSERT_EQ(raster.grid.At(c, r), static_cast<float>(c + 0.25 * r));
      }
    }
  }
}

TEST(RasterStream, LeavesNothingWithoutFinish) {
  const test::TempFolder folder;
  {
    RasterStream stream(folder / "a.tif", Info());
    stream.Append(Rows(0, 20));
    EXPECT_THROW(stream.Finish(), std::invalid_argument) << "rows are missing";
    EXPECT_THROW(stream.Append(Grid<float>(69, 1)), std::invalid_argument);
    EXPECT_THROW(stream.Append(Rows(0, 31)), std::invalid_argument);
  }
  EXPECT_EQ(FilesIn(folder.path()), 0U);
  EXPECT_THROW(RasterStream(folder / "none" / "a.tif", Info()), WriteError);
  RasterStreamInfo empty = Info();
  empty.width = 0;
  EXPECT_THROW(RasterStream(folder / "a.tif", empty), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::dem
