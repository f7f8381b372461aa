#include "dem/io/cog.h"

#include <fcntl.h>
#include <ogr_spatialref.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>

#include "dem/io/atomic_file.h"
#include "dem/io/data_error.h"
#include "dem/io/gdal.h"

namespace perilune::dem {
namespace {

/// GDAL's corner convention from the centre convention.
std::array<double, 6> GeoTransform(const Eigen::Affine2d& crs_from_pixel) {
  const Eigen::Affine2d t = crs_from_pixel * Eigen::Translation2d(-0.5, -0.5);
  return {t(0, 2), t(0, 0), t(0, 1), t(1, 2), t(1, 0), t(1, 1)};
}

/// Removes the temporary and what the COG driver may leave beside it, unless it was renamed away.
class CogCleanup {
 public:
  explicit CogCleanup(std::filesystem::path temporary) : temporary_(std::move(temporary)) {}
  ~CogCleanup() {
    for (const char* suffix : {"", ".ovr.tmp", ".msk.ovr.tmp", ".aux.xml"}) {
      unlink((temporary_.string() + suffix).c_str());
    }
  }
  CogCleanup(const CogCleanup&) = delete;
  CogCleanup& operator=(const CogCleanup&) = delete;

 private:
  std::filesystem::path temporary_;
};

void CopyToCog(GDALDataset& source, bool real, const std::filesystem::path& temporary,
               const std::filesystem::path& path) {
  GDALDriver* driver = GetGDALDriverManager()->GetDriverByName("COG");
  if (driver == nullptr) throw WriteError(path, "this GDAL has no COG driver");
  const char* const options[] = {"COMPRESS=DEFLATE",
                                 "PREDICTOR=YES",
                                 "NUM_THREADS=ALL_CPUS",
                                 "BIGTIFF=IF_SAFER",
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

}  // namespace

void Georeference(GDALDataset& dataset, const std::string& crs_wkt, const Eigen::Affine2d& crs_from_pixel) {
  OGRSpatialReference crs;
  if (crs.importFromWkt(crs_wkt.c_str()) != OGRERR_NONE)
    throw std::invalid_argument("crs_wkt: not a CRS: " + crs_wkt);
  crs.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
  dataset.SetSpatialRef(&crs);
  std::array<double, 6> transform = GeoTransform(crs_from_pixel);
  dataset.SetGeoTransform(transform.data());
}

void WriteCog(GDALDataset& source, bool real, const std::filesystem::path& path) {
  const std::filesystem::path temporary = TemporaryBeside(path);
  const CogCleanup cleanup(temporary);
  CopyToCog(source, real, temporary, path);
  Reopen(source, temporary, path);
  SyncToDisk(temporary, path);
  if (rename(temporary.c_str(), path.c_str()) != 0) {
    throw WriteError(path, std::string("cannot put it in place: ") + std::strerror(errno));
  }
}

}  // namespace perilune::dem
