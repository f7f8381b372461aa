#include "dem/io/picture_raster.h"

#include <gdal_priv.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>

#include "dem/io/data_error.h"
#include "dem/io/gdal.h"
#include "dem/io/gdal_band.h"

namespace perilune::dem {
namespace {

bool IsOfAPicture(const OGRSpatialReference* crs) {
  OGRSpatialReference expected(kPictureCrs);
  return crs != nullptr && crs->IsLocal() && std::strcmp(crs->GetName(), expected.GetName()) == 0;
}

PictureBand Measure(const std::filesystem::path& path, GDALRasterBand& band) {
  PictureBand result{band.GetDescription(), band.GetUnitType(), 0, 0, 0};
  std::vector<float> row(static_cast<std::size_t>(band.GetXSize()));
  double lowest = std::numeric_limits<double>::infinity(), highest = -lowest, valid = 0;
  for (int line = 0; line < band.GetYSize(); ++line) {
    const GdalErrors errors;
    if (band.RasterIO(GF_Read, 0, line, band.GetXSize(), 1, row.data(), band.GetXSize(), 1, GDT_Float32, 0, 0,
                      nullptr) != CE_None) {
      throw DataError(path, errors.Text("cannot be read"));
    }
    for (const float value : row) {
      if (std::isnan(value)) continue;
      lowest = std::min(lowest, static_cast<double>(value));
      highest = std::max(highest, static_cast<double>(value));
      ++valid;
    }
  }
  result.lowest = valid > 0 ? lowest : std::numeric_limits<double>::quiet_NaN();
  result.highest = valid > 0 ? highest : std::numeric_limits<double>::quiet_NaN();
  result.valid_share = valid / (static_cast<double>(band.GetXSize()) * band.GetYSize());
  return result;
}

}  // namespace

std::optional<PictureRaster> ReadPictureRaster(const std::filesystem::path& path) {
  InitialiseGdal();
  const GdalErrors errors;
  const std::unique_ptr<GDALDataset> dataset(
      GDALDataset::Open(path.c_str(), GDAL_OF_RASTER | GDAL_OF_READONLY));
  if (!dataset || !IsOfAPicture(dataset->GetSpatialRef())) return std::nullopt;
  PictureRaster raster;
  raster.width = dataset->GetRasterXSize();
  raster.height = dataset->GetRasterYSize();
  for (int i = 1; i <= dataset->GetRasterCount(); ++i) {
    raster.bands.push_back(Measure(path, *dataset->GetRasterBand(i)));
  }
  raster.metadata = MetadataOf(*dataset);
  return raster;
}

}  // namespace perilune::dem
