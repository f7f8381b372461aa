#include "dem/io/write_raster.h"

#include <gdal_priv.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <stdexcept>

#include "dem/frames/moon.h"
#include "dem/io/cog.h"
#include "dem/io/data_error.h"
#include "dem/io/gdal.h"
#include "dem/io/gdal_band.h"

namespace perilune::dem {
namespace {

template <typename T>
void CheckBands(const std::vector<Band<T>>& bands) {
  if (bands.empty()) throw std::invalid_argument("bands: none");
  for (const Band<T>& band : bands) {
    if (band.grid == nullptr || band.grid->empty()) throw std::invalid_argument("bands: an empty grid");
    if (band.grid->width != bands.front().grid->width || band.grid->height != bands.front().grid->height) {
      throw std::invalid_argument("bands: grids of different size");
    }
  }
}

/// A GDAL dataset in memory over the caller's cells (GDAL only reads them).
template <typename T>
GDALDatasetUniquePtr InMemory(const std::vector<Band<T>>& bands, std::optional<T> nodata) {
  GDALDriver* driver = GetGDALDriverManager()->GetDriverByName("MEM");
  GDALDatasetUniquePtr dataset(
      driver->Create("", bands.front().grid->width, bands.front().grid->height, 0, GdalTypeOf<T>(), nullptr));
  for (std::size_t i = 0; i < bands.size(); ++i) {
    std::array<char, 64> address{};
    std::snprintf(address.data(), address.size(), "DATAPOINTER=%p",
                  static_cast<const void*>(bands[i].grid->data.data()));
    char* options[] = {address.data(), nullptr};
    dataset->AddBand(GdalTypeOf<T>(), options);
    DescribeBand(*dataset->GetRasterBand(static_cast<int>(i) + 1), bands[i],
                 nodata ? std::optional(static_cast<double>(*nodata)) : std::nullopt);
  }
  return dataset;
}

}  // namespace

template <typename T>
void WriteGeoTiff(const std::filesystem::path& path, const std::vector<Band<T>>& bands,
                  const std::string& crs_wkt, const Eigen::Affine2d& crs_from_pixel, std::optional<T> nodata,
                  const std::vector<std::pair<std::string, std::string>>& metadata) {
  CheckBands(bands);
  InitialiseGdal();
  const GDALDatasetUniquePtr source = InMemory(bands, nodata);
  Georeference(*source, crs_wkt, crs_from_pixel);
  for (const auto& [key, value] : metadata) source->SetMetadataItem(key.c_str(), value.c_str());

  WriteCog(*source, std::is_same_v<T, float>, path);
}

template void WriteGeoTiff<float>(const std::filesystem::path&, const std::vector<Band<float>>&,
                                  const std::string&, const Eigen::Affine2d&, std::optional<float>,
                                  const std::vector<std::pair<std::string, std::string>>&);
template void WriteGeoTiff<std::uint8_t>(const std::filesystem::path&, const std::vector<Band<std::uint8_t>>&,
                                         const std::string&, const Eigen::Affine2d&,
                                         std::optional<std::uint8_t>,
                                         const std::vector<std::pair<std::string, std::string>>&);
template void WriteGeoTiff<std::uint16_t>(const std::filesystem::path&,
                                          const std::vector<Band<std::uint16_t>>&, const std::string&,
                                          const Eigen::Affine2d&, std::optional<std::uint16_t>,
                                          const std::vector<std::pair<std::string, std::string>>&);

std::string OrthographicCrs(double latitude_deg, double longitude_deg) {
  if (!(std::abs(latitude_deg) <= 90) || !std::isfinite(longitude_deg)) {
    throw std::invalid_argument("orthographic CRS: latitude " + std::to_string(latitude_deg) +
                                " deg, longitude " + std::to_string(longitude_deg) +
                                " deg is no place on the Moon");
  }
  std::array<char, 1024> wkt{};
  std::snprintf(
      wkt.data(), wkt.size(),
      R"(PROJCRS["Moon orthographic",BASEGEOGCRS["Moon (2015) - Sphere / Ocentric",)"
      R"(DATUM["Moon (2015) - Sphere",ELLIPSOID["Moon (2015) - Sphere",%.0f,0,LENGTHUNIT["metre",1]]],)"
      R"(PRIMEM["Reference Meridian",0,ANGLEUNIT["degree",0.0174532925199433]]],)"
      R"(CONVERSION["Orthographic",METHOD["Orthographic",ID["EPSG",9840]],)"
      R"(PARAMETER["Latitude of natural origin",%.17g,ANGLEUNIT["degree",0.0174532925199433]],)"
      R"(PARAMETER["Longitude of natural origin",%.17g,ANGLEUNIT["degree",0.0174532925199433]],)"
      R"(PARAMETER["False easting",0,LENGTHUNIT["metre",1]],)"
      R"(PARAMETER["False northing",0,LENGTHUNIT["metre",1]]],CS[Cartesian,2],)"
      R"(AXIS["easting",east,ORDER[1],LENGTHUNIT["metre",1]],)"
      R"(AXIS["northing",north,ORDER[2],LENGTHUNIT["metre",1]]])",
      kMoonRadius_m, latitude_deg, longitude_deg);
  return wkt.data();
}

}  // namespace perilune::dem
