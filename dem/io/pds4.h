#pragma once

#include <filesystem>
#include <string>

namespace perilune::dem {

/// What a PDS4 label says beside the raster's own size, type and CRS.
struct Pds4Identity {
  std::string logical_identifier;  ///< urn:nasa:pds:bundle:collection:product
  std::string title;
};

/// Copies a raster file of any GDAL format into a PDS4 product: the label at `label` (.xml) and its cells,
/// uncompressed as the standard asks, in a file of its name ending in .img. By GDAL's PDS4 driver
/// (information model 1.16); investigation and observing system are placeholders that an archive has to
/// replace. Opened again and compared in size. Memory does not grow with the raster. Throws DataError for the
/// raster, WriteError.
void WritePds4(const std::filesystem::path& raster, const std::filesystem::path& label,
               const Pds4Identity& identity);

}  // namespace perilune::dem
