#include "dem/io/gdal_band.h"

#include <cstring>

namespace perilune::dem {

std::vector<std::pair<std::string, std::string>> MetadataOf(GDALMajorObject& object) {
  std::vector<std::pair<std::string, std::string>> metadata;
  for (CSLConstList item = object.GetMetadata(); item != nullptr && *item != nullptr; ++item) {
    char* key = nullptr;
    const char* value = CPLParseNameValue(*item, &key);
    if (key != nullptr && std::strcmp(key, GDALMD_AREA_OR_POINT) != 0) metadata.emplace_back(key, value);
    CPLFree(key);
  }
  return metadata;
}

namespace {

void SetColours(GDALRasterBand& band, const std::vector<BandColour>& colours) {
  if (colours.empty()) return;
  GDALColorTable table;
  for (const BandColour& colour : colours) {
    const GDALColorEntry entry{colour.red, colour.green, colour.blue, 255};
    table.SetColorEntry(colour.value, &entry);
  }
  band.SetColorTable(&table);
  band.SetColorInterpretation(GCI_PaletteIndex);
}

}  // namespace

void DescribeBand(GDALRasterBand& band, const BandLabel& label, std::optional<double> nodata) {
  band.SetDescription(label.description.c_str());
  band.SetUnitType(label.unit.c_str());
  if (nodata) band.SetNoDataValue(*nodata);
  for (const auto& [key, value] : label.metadata) band.SetMetadataItem(key.c_str(), value.c_str());
  SetColours(band, label.colours);
}

}  // namespace perilune::dem
