#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dem/raster/raster.h"

namespace perilune::dem {

/// What a streamed file is.
struct RasterStreamInfo {
  int width = 0;
  int height = 0;
  std::string crs_wkt;
  Eigen::Affine2d crs_from_pixel = Eigen::Affine2d::Identity();
  std::string description;
  std::string unit;
  std::vector<std::pair<std::string, std::string>> metadata;
};

/// Writes a float raster that is larger than memory: rows from the top to a hidden uncompressed temporary
/// beside the target, then the same Cloud-Optimised GeoTIFF as WriteGeoTiff. Needs 4 bytes a cell of disk for
/// that time. The temporary goes with the object, the target appears in Finish.
class RasterStream {
 public:
  /// Throws WriteError, std::invalid_argument for a size below 1 or WKT that is no CRS.
  RasterStream(std::filesystem::path path, const RasterStreamInfo& info);
  ~RasterStream();
  RasterStream(const RasterStream&) = delete;
  RasterStream& operator=(const RasterStream&) = delete;

  /// Appends rows; NaN is nodata. Throws WriteError; std::invalid_argument for another width or rows too
  /// many.
  void Append(const Grid<float>& rows);
  /// Throws WriteError; std::invalid_argument while rows are missing.
  void Finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace perilune::dem
