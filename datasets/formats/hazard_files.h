#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "datasets/formats/hazard_classes.h"
#include "dem/hazard/hazard_map.h"
#include "dem/io/block_stream.h"
#include "dem/raster/raster.h"

namespace perilune::datasets {

/// The files of a hazard map that may be larger than memory, block by block: a Cloud-Optimised GeoTIFF a band
/// in `folder` (made when absent): p_site.tif, slope_rad.tif, roughness_m.tif, rms_roughness_m.tif,
/// relief_m.tif, step_m.tif, a slope_<baseline>m_rad.tif for each further baseline, tilt_rad.tif and
/// clearance_m.tif (with a lander), lit_fraction.tif (with a Sun), class.tif (ClassCode, with a colour
/// table), reasons.tif; beside each a QGIS style of its name (.qml). Codes, limits and DemHash are in the
/// files' metadata, the quantity, its baseline and its estimator in the band's.
class HazardFileStream {
 public:
  /// Throws dem::WriteError, std::invalid_argument.
  HazardFileStream(std::filesystem::path folder, const dem::StreamPlace& place,
                   const MarginalRule& rule = {});

  /// A block whose first cell is (col, row), and the DEM's cells it was made from. All blocks come from the
  /// same options. Returns the block's codes. Throws dem::WriteError, std::invalid_argument.
  CodedClasses Write(int col, int row, const dem::HazardMap& block, const dem::Grid<float>& heights);

  /// What was written.
  dem::Grid<float> ReadProbability(const dem::CellWindow& window) const;
  dem::Grid<std::uint8_t> ReadClasses(const dem::CellWindow& window) const;  ///< ClassCode
  /// All bands; classes as limits have them (HazardClassOfCode), reasons with MarginalReason bits.
  dem::HazardMap ReadMap(const dem::CellWindow& window) const;

  /// Makes the files, one after the other. `told` hears before each how many are done, and of how many; it
  /// may throw. Throws dem::WriteError.
  template <typename Told>
  void Finish(std::uint64_t dem_hash, const Told& told) {
    const std::size_t all = bands_.size() + 2;
    for (std::size_t i = 0; i < all; ++i) {
      told(i, all);
      FinishFile(i, dem_hash);
    }
    told(all, all);
  }

 private:
  void FinishFile(std::size_t index, std::uint64_t dem_hash);
  void Begin(const dem::HazardMap& block);

  std::filesystem::path folder_;
  dem::StreamPlace place_;
  MarginalRule rule_;
  std::optional<dem::HazardMap> empty_;         ///< options and names of what was written, without its cells
  std::vector<dem::BlockStream<float>> bands_;  ///< by FloatBands()
  std::optional<dem::BlockStream<std::uint8_t>> classes_;
  std::optional<dem::BlockStream<std::uint16_t>> reasons_;
};

/// The same files of a map in memory. `dem` holds the cells that the map was made from. Throws
/// dem::WriteError, std::invalid_argument for another size.
void WriteHazardMap(const std::filesystem::path& folder, const dem::HazardMap& map,
                    const dem::Raster<float>& dem, const MarginalRule& rule = {});

}  // namespace perilune::datasets
