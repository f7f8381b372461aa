#pragma once

#include <Eigen/Geometry>
#include <string>
#include <vector>

#include "dem/frames/moon.h"

namespace perilune::dem {

/// Places of pixels (column, row; centre convention, may be fractional or outside) of a raster with this CRS;
/// NaN where the projection has no answer. Throws std::invalid_argument when `crs_wkt` is no CRS that GDAL
/// understands.
std::vector<LatLon> PlacesOfPixels(const std::string& crs_wkt, const Eigen::Affine2d& crs_from_pixel,
                                   const std::vector<Eigen::Vector2d>& pixels);

}  // namespace perilune::dem
