#pragma once

#include <filesystem>
#include <string>

#include "dem/craters/crater_file.h"

namespace perilune::tools {

/// `catalog`: a crater file, or a table that `mapping` (a file, or a ready one's name) reads; rows that
/// cannot be used are told on stderr with their lines, at most ten of them one by one. Throws
/// std::invalid_argument for a table without mapping, dem::DataError for the rest.
dem::CraterCatalog LoadCraters(const std::filesystem::path& catalog, const std::string& mapping);

/// `perilune info` of a crater file: prints what it holds. Returns the exit code.
int DescribeCraterFile(const std::filesystem::path& path, bool json);

}  // namespace perilune::tools
