#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dem/frames/moon.h"
#include "dem/synthesis/detail.h"

namespace perilune::tools {

/// `perilune terrain --level`: several levels around a site into one terrain file.
struct TerrainLevelsRequest {
  std::vector<std::string> levels;  ///< DEM|synth[@SPACING_M][:SIDE_M]
  std::optional<dem::LatLon> site;  ///< absent: the centre of the finest DEM
  dem::DetailOptions world;
  std::optional<double> effective_resolution_m;
  std::string output;
};

int BuildTerrainLevels(const TerrainLevelsRequest& request);

/// What a terrain file is, for people or as JSON (`perilune info`). Throws dem::DataError.
int DescribeTerrainFile(const std::string& path, bool json);

}  // namespace perilune::tools
