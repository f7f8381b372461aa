#include "dem/io/write_raster.h"

#include <fcntl.h>
#include <gdal_priv.h>
#include <ogr_spatialref.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <type_traits>

#include "dem/frames/moon.h"
#include "dem/io/atomic_file.h"
#include "dem/io/data_error.h"
#include "dem/io/gdal.h"

namespace perilune::dem {
namespace {

template <typename T>
constexpr GDALDataType TypeOf() {
  if (std::is_same_v<T, float>) return GDT_Float32;
  return std::is_same_v<T, std::uint8_t> ? GDT_Byte : GDT_UInt16;
}

/// GDAL's corner convention from the centre convention.
std::array<double, 6> GeoTransform(const Eigen::Affine2d& crs_from_pixel) {
  const Eigen::Affine2d t = crs_from_pixel * Eigen::Translation2d(-0.5, -0.5);
  return {t(0, 2), t(0, 0), t(0, 1), t(1, 2), t(1, 0), t(1, 1)};
}

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
      driver->Create("", bands.front().grid->width, bands.front().grid->height, 0, TypeOf<T>(), nullptr));
  for (std::size_t i = 0; i < bands.size(); ++i) {
    std::array<char, 64> address{};
    std::snprintf(address.data(), address.size(), "DATAPOINTER=%p",
                  static_cast<const void*>(bands[i].grid->data.data()));
    char* options[] = {address.data(), nullptr};
    dataset->AddBand(TypeOf<T>(), options);
    GDALRasterBand* band = dataset->GetRasterBand(static_cast<int>(i) + 1);
    band->SetDescription(bands[i].description.c_str());
    band->SetUnitType(bands[i].unit.c_str());
    if (nodata) band->SetNoDataValue(static_cast<double>(*nodata));
  }
  return dataset;
}

void Georeference(GDALDataset& dataset, const std::string& crs_wkt, const Eigen::Affine2d& crs_from_pixel) {
  OGRSpatialReference crs;
  if (crs.importFromWkt(crs_wkt.c_str()) != OGRERR_NONE)
    throw std::invalid_argument("crs_wkt: not a CRS: " + crs_wkt);
  crs.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
  dataset.SetSpatialRef(&crs);
  std::array<double, 6> transform = GeoTransform(crs_from_pixel);
  dataset.SetGeoTransform(transform.data());
}

/// Removes the temporary and what the COG driver may leave beside it, unless it was renamed away.
class Cleanup {
 public:
  explicit Cleanup(std::filesystem::path temporary) : temporary_(std::move(temporary)) {}
  ~Cleanup() {
    for (const char* suffix : {"", ".ovr.tmp", ".msk.ovr.tmp", ".aux.xml"}) {
      unlink((temporary_.string() + suffix).c_str());
    }
  }
  Cleanup(const Cleanup&) = delete;
  Cleanup& operator=(const Cleanup&) = delete;

 private:
  std::filesystem::path temporary_;
};

void CopyToCog(GDALDataset& source, bool real, const std::filesystem::path& temporary,
               const std::filesystem::path& path) {
  GDALDriver* driver = GetGDALDriverManager()->GetDriverByName("COG");
  if (driver == nullptr) throw WriteError(path, "this GDAL has no COG driver");
  const char* const options[] = {"COMPRESS=DEFLATE", "PREDICTOR=YES", "BIGTIFF=IF_SAFER",
                                 real ? "OVERVIEW_RESAMPLING=AVERAGE" : "OVERVIEW_RESAMPLING=NEAREST",
                                 nullptr};
  GdalErrors errors;
  GDALDatasetUniquePtr copy(
      driver->CreateCopy(temporary.c_str(), &source, FALSE, const_cast<char**>(options), nullptr, nullptr));
  if (!copy) throw WriteError(path, "cannot write it: " + errors.Text("unknown error"));
  copy->FlushCache();
  copy.reset();
  if (errors.Any()) throw WriteError(path, "cannot write it: " + errors.Text(""));
}

void Reopen(GDALDataset& source, const std::filesystem::path& temporary, const std::filesystem::path& path) {
  GdalErrors errors;
  const GDALDatasetUniquePtr copy(GDALDataset::Open(temporary.c_str(), GDAL_OF_RASTER | GDAL_OF_READONLY));
  const int width = source.GetRasterXSize(), height = source.GetRasterYSize();
  if (!copy || copy->GetRasterXSize() != width || copy->GetRasterYSize() != height ||
      copy->GetRasterCount() != source.GetRasterCount()) {
    throw WriteError(path, "what was written cannot be read back: " + errors.Text("wrong size"));
  }
  for (int index = 1; index <= copy->GetRasterCount(); ++index) {
    double last = 0;
    const CPLErr result = copy->GetRasterBand(index)->RasterIO(GF_Read, width - 1, height - 1, 1, 1, &last, 1,
                                                               1, GDT_Float64, 0, 0, nullptr);
    if (result != CE_None || errors.Any()) {
      throw WriteError(path, "what was written cannot be read back: " + errors.Text("read error"));
    }
  }
}

void SyncToDisk(const std::filesystem::path& temporary, const std::filesystem::path& path) {
  const int descriptor = open(temporary.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = descriptor >= 0 && fsync(descriptor) == 0;
  const int error = errno;
  if (descriptor >= 0) close(descriptor);
  if (!synced) throw WriteError(path, std::string("cannot flush it: ") + std::strerror(error));
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

  const std::filesystem::path temporary = TemporaryBeside(path);
  const Cleanup cleanup(temporary);
  CopyToCog(*source, std::is_same_v<T, float>, temporary, path);
  Reopen(*source, temporary, path);
  SyncToDisk(temporary, path);
  if (rename(temporary.c_str(), path.c_str()) != 0) {
    throw WriteError(path, std::string("cannot put it in place: ") + std::strerror(errno));
  }
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
