#pragma once

#include <optional>
#include <string>

#include "dem/hazard/cast_shadow.h"
#include "dem/hazard/ground_metric.h"
#include "dem/hazard/hazard_map.h"
#include "dem/raster/cell_window.h"

namespace perilune::dem {

/// Tiles of the mapper begin at multiples of this many columns and rows of the raster: so must the windows
/// that it reads and the blocks that it maps.
inline constexpr int kHazardTile = 128;

/// A raster of which `window` is in memory, for mapping it by blocks. Heights in m above the sphere, NaN = no
/// data.
struct HazardGround {
  const Grid<float>& heights;  ///< of the window
  CellWindow window;           ///< begins at multiples of kHazardTile
  int width = 0, height = 0;   ///< of the whole raster
  std::string crs_wkt;
  Eigen::Affine2d crs_from_pixel = Eigen::Affine2d::Identity();  ///< of the whole raster
  /// Of the whole raster; only shadows ask for them.
  double lowest_m = 0, highest_m = 0;
  /// Ground farther towards the Sun casts no shadow.
  double shadow_reach_m = std::numeric_limits<double>::infinity();
};

/// Cells around a block that its map depends on, each way; `to_sun` more towards the Sun (columns, rows;
/// negative: to the left, up).
struct HazardReach {
  int cols = 0, rows = 0;
  Eigen::Vector2i to_sun = Eigen::Vector2i::Zero();
};

/// What blocks of a raster with this geometry (CellGeometry of some cell) depend on. Over a raster whose
/// scale changes, take the largest of several cells; shadows include a twentieth and 3 · kShadowBlock cells
/// for that.
HazardReach ReachOfHazards(const CellGeometry& cell, const HazardOptions& options,
                           const std::optional<PlacedSun>& sun, double shadow_reach_m);

/// MapHazards by blocks: a block gets the same bits whatever else of the raster is in memory and whatever the
/// blocks' sizes, as long as the window holds its reach as far as the raster goes.
class HazardMapper {
 public:
  /// Keeps a reference to the heights. Throws as MapHazards, but for the lander's size.
  HazardMapper(const HazardGround& ground, const HazardOptions& options, const std::optional<PlacedSun>& sun);
  HazardMapper(const HazardMapper&) = delete;
  HazardMapper& operator=(const HazardMapper&) = delete;

  /// A block of the window, in cells of the whole raster, that begins at multiples of kHazardTile and ends
  /// there or at the raster's edge. Parallel by tiles.
  HazardMap Map(const CellWindow& block) const;

  /// Whether the cells in the middle of the window show what the lander's legs stand on.
  bool ShowsLander() const;

 private:
  HazardMap EmptyMap(const CellWindow& block) const;

  HazardGround ground_;
  HazardOptions options_;
  GroundMetric metric_;
  std::optional<ShadowCaster> shadows_;
  std::uint64_t options_hash_ = 0;
};

}  // namespace perilune::dem
