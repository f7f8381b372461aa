#pragma once

#include <Eigen/Core>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dem/frames/moon.h"
#include "dem/raster/raster.h"

namespace perilune::dem {

struct RasterFileOptions {
  int band = 1;
  /// Accept a file without CRS, or with another body's sphere, as if it had this CRS (anything that GDAL's
  /// SetFromUserInput takes, for instance "IAU_2015:30135"). Empty: refuse such a file.
  std::string assume_crs;
  /// Read codes of a band with a colour table (class.tif of `hazards`) instead of refusing it as a picture.
  bool codes = false;
  /// Side of the square cells of a file that has neither geotransform nor CRS, m; it is then taken as a flat
  /// patch of ground with its middle at latitude and longitude 0, north up. 0: refuse such a file. A file
  /// that is placed is refused with it.
  double pixel_size_m = 0;
};

/// Keys and values.
using RasterMetadata = std::vector<std::pair<std::string, std::string>>;

/// What a file says of itself beside its heights, as text for people.
struct RasterDescription {
  std::string format;              ///< GDAL's name of the format
  std::string data_type;           ///< of the opened band
  std::vector<std::string> bands;  ///< names of all bands, empty where they have none
  std::string crs_name;
  std::string projection;  ///< "geographic", or the name of the projection
  bool crs_assumed = false;
  std::string unit;              ///< of the opened band
  RasterMetadata band_metadata;  ///< of the opened band
  RasterMetadata metadata;       ///< of the file
};

/// An opened DEM of any GDAL format with a lunar CRS. Heights come out in metres above the sphere of 1 737
/// 400 m: the file's scale and offset are applied, and an offset that makes heights radii (GDAL's PDS3 reader
/// on LDEM) is taken off again. Thread-safe reads are NOT promised: one object a thread.
class RasterFile {
 public:
  /// Throws DataError naming the path: missing, unreadable, truncated, zero-size, not lunar (which body or
  /// radius), no CRS, PA instead of ME frame, no such band, complex or non-numeric band.
  explicit RasterFile(const std::filesystem::path& path, const RasterFileOptions& options = {});
  ~RasterFile();
  RasterFile(RasterFile&&) noexcept;
  RasterFile& operator=(RasterFile&&) noexcept;

  int width() const;
  int height() const;
  const std::filesystem::path& path() const;
  const std::string& crs_wkt() const;
  const Eigen::Affine2d& crs_from_pixel() const;

  RasterDescription Description() const;

  /// Columns in one turn of longitude where columns count longitude alone (geographic and cylindrical CRS); a
  /// raster with a whole number of them continues across its seam.
  std::optional<double> ColumnsPerTurn() const;

  /// Heights of the window, nodata as NaN. Parts outside the raster are NaN, but where ColumnsPerTurn() is
  /// whole, columns that differ by it are the same. Throws DataError on a read error, on infinities, on
  /// values that are radii or an undeclared nodata value, and never reads more than the window.
  Raster<float> ReadWindow(int col, int row, int width, int height) const;

  /// Pixel coordinates (centre convention; may lie outside) of places, and back. Longitudes are wrapped into
  /// the raster where the raster covers them. NaN where the projection has no answer.
  std::vector<Eigen::Vector2d> PixelsFromPlaces(const std::vector<LatLon>& places) const;
  std::vector<LatLon> PlacesFromPixels(const std::vector<Eigen::Vector2d>& pixels) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace perilune::dem
