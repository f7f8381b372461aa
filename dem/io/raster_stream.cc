#include "dem/io/raster_stream.h"

#include <unistd.h>

#include <limits>
#include <stdexcept>

#include "dem/io/atomic_file.h"
#include "dem/io/cog.h"
#include "dem/io/data_error.h"
#include "dem/io/gdal.h"

namespace perilune::dem {

struct RasterStream::Impl {
  std::filesystem::path path;
  std::filesystem::path rows_file;
  RasterStreamInfo info;
  GDALDatasetUniquePtr dataset;
  int next_row = 0;
};

RasterStream::RasterStream(std::filesystem::path path, const RasterStreamInfo& info) {
  if (info.width < 1 || info.height < 1) throw std::invalid_argument("raster stream: no cells");
  InitialiseGdal();
  impl_ = std::make_unique<Impl>();
  impl_->path = std::move(path);
  impl_->rows_file = TemporaryBeside(impl_->path);
  impl_->rows_file += ".rows";
  impl_->info = info;
  GdalErrors errors;
  GDALDriver* driver = GetGDALDriverManager()->GetDriverByName("GTiff");
  // Strips of one row, as they come; sparse, so that a full disk shows when rows are written.
  const char* const options[] = {"BIGTIFF=IF_SAFER", "SPARSE_OK=TRUE", nullptr};
  impl_->dataset.reset(driver->Create(impl_->rows_file.c_str(), info.width, info.height, 1, GDT_Float32,
                                      const_cast<char**>(options)));
  if (!impl_->dataset) throw WriteError(impl_->path, "cannot write it: " + errors.Text("unknown error"));
  Georeference(*impl_->dataset, info.crs_wkt, info.crs_from_pixel);
  GDALRasterBand* band = impl_->dataset->GetRasterBand(1);
  band->SetDescription(info.description.c_str());
  band->SetUnitType(info.unit.c_str());
  band->SetNoDataValue(std::numeric_limits<double>::quiet_NaN());
  for (const auto& [key, value] : info.metadata) impl_->dataset->SetMetadataItem(key.c_str(), value.c_str());
  if (errors.Any()) throw WriteError(impl_->path, "cannot write it: " + errors.Text(""));
}

RasterStream::~RasterStream() {
  GdalErrors errors;  // what closing a temporary reports concerns nobody
  impl_->dataset.reset();
  for (const char* suffix : {"", ".aux.xml"}) unlink((impl_->rows_file.string() + suffix).c_str());
}

void RasterStream::Append(const Grid<float>& rows) {
  if (rows.width != impl_->info.width || impl_->next_row + rows.height > impl_->info.height) {
    throw std::invalid_argument("raster stream: rows of another width, or too many");
  }
  GdalErrors errors;
  GDALRasterBand* band = impl_->dataset->GetRasterBand(1);
  float* cells = const_cast<float*>(rows.data.data());  // GDAL only reads them
  const CPLErr result = band->RasterIO(GF_Write, 0, impl_->next_row, rows.width, rows.height, cells,
                                       rows.width, rows.height, GDT_Float32, 0, 0, nullptr);
  // Written through, or GDAL's cache would hold a share of memory and report a full disk to a later call.
  impl_->dataset->FlushCache();
  if (result != CE_None || errors.Any())
    throw WriteError(impl_->path, "cannot write it: " + errors.Text("write error"));
  impl_->next_row += rows.height;
}

void RasterStream::Finish() {
  if (impl_->next_row != impl_->info.height) throw std::invalid_argument("raster stream: rows are missing");
  WriteCog(*impl_->dataset, true, impl_->path);
}

}  // namespace perilune::dem
