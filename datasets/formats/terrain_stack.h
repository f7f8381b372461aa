#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "dem/frames/site.h"
#include "dem/synthesis/detail.h"

namespace perilune::datasets {

/// What one level of a terrain is made of.
struct LevelSource {
  /// Empty: synthetic detail on the next coarser level; as the coarsest level, synthetic ground.
  std::filesystem::path dem;
  /// 0: the DEM's own pixel on the ground at the site. Needed by synthetic levels.
  double spacing_m = 0;
  /// Side of the square around the site, limited to what the DEM covers and to the next coarser level; 0: all
  /// of that. Needed by synthetic levels.
  double side_m = 0;
};

struct TerrainStackOptions {
  /// Seed, kind of craters and roughness of the synthetic levels (dem::EmbeddedWorld, dem::MareWorld).
  dem::DetailOptions world;
  /// Size below which a DEM shows nothing, m, where its uncertainty file does not declare it: synthetic
  /// detail on it begins there, after a low-pass. Absent: four of its cells, without one.
  std::optional<double> effective_resolution_m;
  double albedo = 0.12;
  std::string assume_crs;  ///< see dem::RasterFileOptions
  /// See dem::ResampleOptions: what is held of a file, and of a synthetic level, at once.
  std::int64_t most_window_pixels = std::int64_t{1} << 24;
  /// Called with what is being done and the share that is; may throw to stop.
  std::function<void(const std::string& work, double done)> progress;
};

/// Builds a terrain of DEM files and synthetic detail, in any order of `sources`, straight into a terrain
/// file (dem/terrain/terrain_file.h): levels may be larger than memory. Height sigma and correlation come
/// from <dem>.uncertainty.yaml; names are file names, or "synthetic". Throws std::invalid_argument when
/// sources do not make a stack (no source, a synthetic level without spacing or side, two of one spacing),
/// dem::DataError for a file that cannot be used or does not cover the place, dem::WriteError.
void BuildTerrainFile(const std::filesystem::path& path, const dem::Site& site,
                      const std::vector<LevelSource>& sources, const TerrainStackOptions& options = {});

}  // namespace perilune::datasets
