#pragma once

#include <gdal_priv.h>

#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "dem/io/write_raster.h"

namespace perilune::dem {

template <typename T>
constexpr GDALDataType GdalTypeOf() {
  if (std::is_same_v<T, float>) return GDT_Float32;
  return std::is_same_v<T, std::uint8_t> ? GDT_Byte : GDT_UInt16;
}

/// Keys and values of a dataset or a band, without how GDAL says where a pixel's place is.
std::vector<std::pair<std::string, std::string>> MetadataOf(GDALMajorObject& object);

/// Gives a band its description, unit, nodata, metadata and colours.
void DescribeBand(GDALRasterBand& band, const BandLabel& label, std::optional<double> nodata);

}  // namespace perilune::dem
