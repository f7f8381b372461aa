#pragma once

#include <Eigen/Geometry>
#include <optional>
#include <string>

#include "dem/raster/grid.h"

namespace perilune::dem {

/// A georeferenced grid. Pixel centres are integers, the first pixel's centre is (0, 0): `crs_from_pixel`
/// maps (column, row) to CRS coordinates of that centre. GDAL's corner convention never leaves dem/io.
/// Float rasters mark missing cells with NaN (`nodata` holds NaN then), whatever the file used.
template <typename T>
struct Raster {
  Grid<T> grid;
  std::string crs_wkt;
  Eigen::Affine2d crs_from_pixel = Eigen::Affine2d::Identity();
  std::optional<T> nodata;
  std::string name;
  std::string unit;
};

}  // namespace perilune::dem
