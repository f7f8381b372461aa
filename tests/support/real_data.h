#pragma once

#include <cstdlib>
#include <filesystem>

namespace perilune::test {

/// Folder of the real data (PERILUNE_DATA, or what the build was configured with); it may not exist.
inline std::filesystem::path RealData() {
  const char* folder = std::getenv("PERILUNE_DATA");
  return folder != nullptr && *folder != '\0' ? folder : PERILUNE_DATA_DIR;
}

}  // namespace perilune::test
