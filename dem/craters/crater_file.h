#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "dem/craters/crater.h"

namespace perilune::dem {

/// Craters with the name of the catalogue that they come from.
struct CraterCatalog {
  std::string name;
  std::vector<Crater> craters;
};

/// Whether the file starts with the mark of a crater file; false also when it cannot be read.
bool IsCraterFile(const std::filesystem::path& path);

/// Writes a crater file, atomically: a header, the name, 48 bytes a crater (little-endian; places as double,
/// lengths and angles as float: 4e-8 of their size), a CRC-32 of all that. Throws WriteError;
/// std::invalid_argument for a name of more than 1000 bytes.
void WriteCraterFile(const std::filesystem::path& path, const CraterCatalog& catalog);

/// Throws DataError naming the path: not there, no crater file, another version, cut, damaged.
CraterCatalog ReadCraterFile(const std::filesystem::path& path);

}  // namespace perilune::dem
