#pragma once

#include <filesystem>
#include <limits>

#include "dem/frames/moon.h"
#include "dem/io/write_raster.h"
#include "tests/support/temp_folder.h"

namespace perilune::test {

/// A square DEM in `folder` / `name`, orthographic around a place in its middle cell.
struct OrthographicDem {
  double latitude_deg = 0, longitude_deg = 0;
  int cells = 0;  ///< a side, odd
  double cell_m = 0;
  const char* name = "dem.tif";
};

/// `height_m(col, row)`, columns eastward and rows southward.
template <typename Height>
std::filesystem::path WriteDem(const TempFolder& folder, const OrthographicDem& dem, const Height& height_m) {
  dem::Raster<float> raster;
  raster.grid = dem::Grid<float>(dem.cells, dem.cells);
  for (int row = 0; row < dem.cells; ++row) {
    for (int col = 0; col < dem.cells; ++col) {
      raster.grid.At(col, row) = static_cast<float>(height_m(col, row));
    }
  }
  raster.crs_wkt = dem::OrthographicCrs(dem.latitude_deg, dem.longitude_deg);
  const double corner_m = 0.5 * (dem.cells - 1) * dem.cell_m;
  raster.crs_from_pixel.matrix() << dem.cell_m, 0, -corner_m, 0, -dem.cell_m, corner_m, 0, 0, 1;
  raster.nodata = std::numeric_limits<float>::quiet_NaN();
  raster.name = "height";
  raster.unit = "m";
  dem::WriteGeoTiff(folder / dem.name, raster);
  return folder / dem.name;
}

}  // namespace perilune::test
