#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "dem/frames/site.h"
#include "dem/terrain/terrain.h"

namespace perilune::dem {

/// Terrain files (`.terrain`): what dem::Terrain needs, as it needs it: a header (magic, version, byte order,
/// site, the levels' shapes and declarations, CRC-32) and, each from a 4 KiB boundary on, the levels' joined
/// heights, albedo and pyramids. Native byte order; no compression. The CRC covers the header alone: opening
/// costs milliseconds whatever the size.

/// What the heights of one level need before they are there. The grids of `description` are empty.
struct PlannedLevel {
  TerrainLevel description;
  int width = 0;
  int height = 0;
  bool has_albedo_grid = false;
};

/// Builds a terrain in its file, so that levels may be larger than memory: they are written through a
/// mapping, whose pages the system moves to the disk. The whole place on the disk is taken at the start.
class TerrainFileWriter {
 public:
  /// Throws std::invalid_argument as Terrain does for shapes and nesting, and for a name of more than 255
  /// bytes; WriteError when the file cannot be created or the disk has no room.
  TerrainFileWriter(const std::filesystem::path& path, const Site& site,
                    const std::vector<PlannedLevel>& finest_first);
  /// Removes what was not finished.
  ~TerrainFileWriter();
  TerrainFileWriter(const TerrainFileWriter&) = delete;
  TerrainFileWriter& operator=(const TerrainFileWriter&) = delete;

  /// A level to fill in place; its cells are 0 at first. Shape and place must stay.
  TerrainLevel& Level(int index);
  /// Joins the levels, builds the pyramids, flushes, checks what was written by opening it, and puts it in
  /// place. Throws std::invalid_argument when a level has no data at all or was given other cells than those
  /// in the file; WriteError.
  void Finish();

 private:
  friend void WriteTerrain(const std::filesystem::path& path, const Terrain& terrain);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Saves a terrain: through a hidden temporary beside the target, flushed, opened again, renamed. Throws
/// WriteError.
void WriteTerrain(const std::filesystem::path& path, const Terrain& terrain);

/// Maps a saved terrain into memory, read-only; its rays hit what those of the written one hit, bit for bit.
/// Throws DataError naming the path: not a terrain file, of another version or byte order, damaged header,
/// truncated or longer than its header says. The file must not be changed while the terrain lives (replacing
/// it by rename is safe); reading from a failing disk ends the process, as with any mapped file.
Terrain OpenTerrain(const std::filesystem::path& path);

/// Whether a file begins as a terrain file does; false when it cannot be read.
bool IsTerrainFile(const std::filesystem::path& path);

}  // namespace perilune::dem
