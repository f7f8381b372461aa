#pragma once

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "dem/ephemeris/sub_solar.h"
#include "dem/raster/raster.h"

namespace perilune::tools {

/// A landing site in a picture; rank 0 is the least bad place where there is no site.
struct PlacedRank {
  int rank = 0;
  Eigen::Vector2d cell = Eigen::Vector2d::Zero();  ///< column and row of the map
};

struct HazardPictureNotes {
  std::vector<PlacedRank> sites;
  std::optional<dem::SunAngles> sun;  ///< in the middle of the map
  /// Cells of each class (datasets::ClassCode), where the classes are a sample of them.
  std::optional<std::array<std::int64_t, 6>> counts;
};

/// A PNG to look at: the classes (datasets::ClassCode) over the shaded ground (lit from the upper left,
/// whatever the Sun does), the ranked sites, a title with place and size, a legend with the share of each
/// class, a scale bar and north. Rows and columns are the DEM's, made square on the ground at its middle.
/// Throws dem::WriteError.
void WriteHazardPicture(const std::filesystem::path& path, const dem::Grid<std::uint8_t>& classes,
                        const dem::Raster<float>& dem, const HazardPictureNotes& notes);

}  // namespace perilune::tools
