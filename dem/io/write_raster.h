#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dem/raster/raster.h"

namespace perilune::dem {

/// What a value of a band looks like.
struct BandColour {
  int value = 0;
  std::uint8_t red = 0, green = 0, blue = 0;
};

/// What a band of a file is.
struct BandLabel {
  std::string description;
  std::string unit;
  std::vector<std::pair<std::string, std::string>> metadata;
  std::vector<BandColour> colours;  ///< a colour table, for bands of bytes
};

/// One band of a file that is about to be written; all bands of a file share size and data type.
template <typename T>
struct Band : BandLabel {
  Band(const Grid<T>* grid_, std::string description_, std::string unit_)
      : BandLabel{std::move(description_), std::move(unit_), {}, {}}, grid(grid_) {}

  const Grid<T>* grid = nullptr;
};

/// Writes a Cloud-Optimised GeoTIFF (DEFLATE) with CRS, nodata (NaN for float), band descriptions, units and
/// metadata: to a hidden temporary beside the target, flushed, closed, reopened and checked, renamed. Throws
/// WriteError.
template <typename T>
void WriteGeoTiff(const std::filesystem::path& path, const std::vector<Band<T>>& bands,
                  const std::string& crs_wkt, const Eigen::Affine2d& crs_from_pixel, std::optional<T> nodata,
                  const std::vector<std::pair<std::string, std::string>>& metadata = {});

/// The same for one raster.
template <typename T>
void WriteGeoTiff(const std::filesystem::path& path, const Raster<T>& raster) {
  WriteGeoTiff<T>(path, {{&raster.grid, raster.name, raster.unit}}, raster.crs_wkt, raster.crs_from_pixel,
                  raster.nodata);
}

/// WKT of the lunar orthographic CRS centred at a place (sphere 1 737 400 m), easting and northing in metres.
std::string OrthographicCrs(double latitude_deg, double longitude_deg);

}  // namespace perilune::dem
