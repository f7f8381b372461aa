#pragma once

#include <array>
#include <cstdint>
#include <filesystem>

#include "datasets/formats/hazard_classes.h"
#include "dem/raster/raster.h"
#include "nav/landing/landing_sites.h"
#include "tools/perilune/hazard_window.h"

namespace perilune::tools {

using ClassCounts = std::array<std::int64_t, 6>;  ///< by datasets::ClassCode

/// Cells of each class.
ClassCounts CountClasses(const dem::Grid<std::uint8_t>& classes);

/// A map to look at: every `step`-th cell's class, and the mean height around it.
struct HazardPreview {
  int step = 1;
  dem::Grid<std::uint8_t> classes;
  dem::Raster<float> dem;

  /// Column and row of the preview of a cell of the map.
  Eigen::Vector2d PlaceOf(const Eigen::Vector2d& cell) const {
    return (cell.array() - 0.5 * (step - 1)) / step;
  }
};

/// What is left in memory of a map that went to its files.
struct StreamedHazards {
  ClassCounts counts{};
  HazardPreview preview;
  std::uint64_t dem_hash = 0;
  double footprint_used_m = 0;
  nav::LandingChoice choice;
};

/// Maps a window that does not fit into memory and writes the files of HazardFileStream into `folder`, in
/// blocks of `block_side` cells (ForEachHazardBlock); chooses landing sites from what was written. First a
/// pass over the heights for their hash and range; time is linear in the cells. Shows its progress on stderr
/// and throws Interrupted after Ctrl-C. Throws dem::DataError when the window has no data, dem::WriteError.
StreamedHazards StreamHazards(const HazardsOfFile& asked, const dem::Site& site,
                              const nav::LandingOptions& landing, const datasets::MarginalRule& rule,
                              int block_side, const std::filesystem::path& folder);

}  // namespace perilune::tools
