#include "dem/io/pds4.h"

#include <gdal_priv.h>

#include <array>

#include "dem/io/data_error.h"
#include "dem/io/gdal.h"

namespace perilune::dem {

void WritePds4(const std::filesystem::path& raster, const std::filesystem::path& label,
               const Pds4Identity& identity) {
  InitialiseGdal();
  GdalErrors errors;
  const GDALDatasetUniquePtr source(GDALDataset::Open(raster.c_str(), GDAL_OF_RASTER | GDAL_OF_READONLY));
  if (!source) throw DataError(raster, "cannot be read: " + errors.Text("unknown format"));
  GDALDriver* driver = GetGDALDriverManager()->GetDriverByName("PDS4");
  if (driver == nullptr) throw WriteError(label, "this GDAL has no PDS4 driver");
  const std::filesystem::path image = std::filesystem::path(label).replace_extension(".img");
  const std::array<std::string, 8> texts{
      "IMAGE_FILENAME=" + image.string(),
      "VAR_LOGICAL_IDENTIFIER=" + identity.logical_identifier,
      "VAR_TITLE=" + identity.title,
      "VAR_TARGET=Moon",
      "VAR_TARGET_TYPE=Satellite",
      "VAR_INVESTIGATION_AREA_NAME=To be named by the archive",
      "VAR_INVESTIGATION_AREA_LID_REFERENCE=urn:nasa:pds:context:investigation:mission.to_be_named",
      "VAR_OBSERVING_SYSTEM_NAME=Perilune"};
  std::array<char*, 9> options{};
  for (std::size_t i = 0; i < texts.size(); ++i) options[i] = const_cast<char*>(texts[i].c_str());
  GDALDatasetUniquePtr copy(
      driver->CreateCopy(label.c_str(), source.get(), FALSE, options.data(), nullptr, nullptr));
  if (!copy) throw WriteError(label, "cannot write it: " + errors.Text("unknown error"));
  copy->FlushCache();
  copy.reset();
  if (errors.Any()) throw WriteError(label, "cannot write it: " + errors.Text(""));
  copy.reset(GDALDataset::Open(label.c_str(), GDAL_OF_RASTER | GDAL_OF_READONLY));
  if (!copy || copy->GetRasterXSize() != source->GetRasterXSize() ||
      copy->GetRasterYSize() != source->GetRasterYSize()) {
    throw WriteError(label, "what was written cannot be read back: " + errors.Text("wrong size"));
  }
}

}  // namespace perilune::dem
