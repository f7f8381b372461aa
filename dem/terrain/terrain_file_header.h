#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "dem/frames/site.h"
#include "dem/terrain/height_pyramid.h"
#include "dem/terrain/terrain_file.h"

namespace perilune::dem {

inline constexpr std::string_view kTerrainMagic = "PERITERR";
inline constexpr std::size_t kLongestLevelName = 255;

struct TerrainFileHeader {
  Site site;
  std::vector<PlannedLevel> levels;  ///< finest first
};

/// Where the parts of one level lie in the file, bytes from its start. The sizes of the pyramid's mips follow
/// from the level's; their cells are not set.
struct LevelPlace {
  std::size_t heights = 0;
  std::size_t albedo = 0;  ///< 0: none
  std::vector<HeightPyramid::Mip> mips;
  std::vector<std::size_t> mip_max, mip_min;
};

struct TerrainFileLayout {
  std::size_t file_bytes = 0;
  std::vector<LevelPlace> levels;
};

/// The layout follows from the shapes alone.
TerrainFileLayout LayoutOf(const std::vector<PlannedLevel>& levels);

/// The header's bytes with its CRC-32 at the end, padded to whole pages.
std::string EncodeHeader(const TerrainFileHeader& header);

/// The header at the start of a file's bytes; throws DataError naming `path`.
TerrainFileHeader DecodeHeader(std::string_view file, const std::filesystem::path& path);

}  // namespace perilune::dem
