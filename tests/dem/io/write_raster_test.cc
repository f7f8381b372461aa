#include "dem/io/write_raster.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "dem/io/data_error.h"
#include "dem/io/raster_file.h"
#include "tests/support/temp_folder.h"

namespace perilune::dem {
namespace {

Raster<float> SmallRaster() {
  Raster<float> raster;
  raster.grid = Grid<float>(3, 2);
  raster.grid.data = {1.5F, -2.25F, 3, 4, std::numeric_limits<float>::quiet_NaN(), 6};
  raster.crs_wkt = OrthographicCrs(26, 3.6);
  raster.crs_from_pixel = Eigen::Translation2d(100, 200) * Eigen::Scaling(10.0, -10.0);
  raster.nodata = std::numeric_limits<float>::quiet_NaN();
  raster.name = "height";
  raster.unit = "m";
  return raster;
}

TEST(WriteRaster, ReadsBackHeightsPlacesAndMissingCells) {
  const test::TempFolder folder;
  const Raster<float> written = SmallRaster();
  WriteGeoTiff(folder / "a.tif", written);
  const RasterFile file(folder / "a.tif");
  ASSERT_EQ(file.width(), 3);
  ASSERT_EQ(file.height(), 2);
  EXPECT_TRUE(file.crs_from_pixel().isApprox(written.crs_from_pixel, 1e-12));
  const Raster<float> read = file.ReadWindow(0, 0, 3, 2);
  EXPECT_EQ(read.name, "height");
  for (int i = 0; i < 6; ++i) {
    if (i == 4) {
      EXPECT_TRUE(std::isnan(read.grid.data[i]));
    } else {
      EXPECT_EQ(read.grid.data[i], written.grid.data[i]);
    }
  }
}

}  // namespace
}  // namespace perilune::dem
