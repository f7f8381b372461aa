#include "dem/io/gdal_band.h"

namespace perilune::dem {

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
