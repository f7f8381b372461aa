#pragma once

#include <Eigen/Core>
#include <filesystem>
#include <vector>

#include "dem/hazard/hazard_map.h"

namespace perilune::tools {

/// A landing site in a picture.
struct PlacedRank {
  int rank = 0;
  Eigen::Vector2d cell = Eigen::Vector2d::Zero();  ///< column and row of the map
};

/// A PNG to look at: the classes over the shaded ground (lit from the upper left), the ranked sites, a legend
/// with a scale bar. Rows and columns are the DEM's, made square on the ground at its middle. Throws
/// dem::WriteError.
void WriteHazardPicture(const std::filesystem::path& path, const dem::HazardMap& map,
                        const dem::Raster<float>& dem, const std::vector<PlacedRank>& sites);

}  // namespace perilune::tools
