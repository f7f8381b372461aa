#pragma once

#include "dem/hazard/cast_shadow.h"
#include "dem/hazard/footprint_test.h"
#include "dem/hazard/hazard_mapper.h"
#include "dem/hazard/plane_tile.h"

namespace perilune::dem {

struct GroundLayers;
class SiteProbability;

/// Metric of pixel offsets on the ground at a cell of the window in memory (counted from its first cell),
/// grown by the cell's height. Of the sphere where there is no data.
Eigen::Matrix2d ScaleAtCell(const HazardGround& ground, const GroundMetric& metric, int col, int row);

/// Whether a lander can be tested at that metric.
bool ShowsLanderAt(const Eigen::Matrix2d& metric, const Lander& lander);

/// Tests the lander on a tile (in cells of the whole raster) at the scale of its middle; `tests` and `p_site`
/// (the probability that it passes) hold the block. Tiles that do not show it stay unknown.
void TestLanderTile(const HazardGround& ground, const GroundMetric& metric, const HazardOptions& options,
                    const CellWindow& block, const FootprintTile& tile, FootprintTests& tests,
                    Grid<float>& p_site);

/// Maps one tile of a block: all that is written is the tile's own cells.
class HazardTile {
 public:
  /// Keeps references; `shadows` and `tests` (of the block) may be null. `map` is that of the block.
  HazardTile(const HazardGround& ground, const GroundMetric& metric, const ShadowCaster* shadows,
             const FootprintTests* tests, const CellWindow& block, HazardMap& map);

  /// `tile` in cells of the whole raster.
  void Map(const PlaneTile& tile);

 private:
  /// Cells side by side, from so many on in the layers, to a place of the block.
  void WriteGround(const GroundLayers& layers, const SiteProbability& probability, std::size_t from,
                   int count, int col, int row);
  void TakeTest(int col, int row);
  void Judge(int col, int row);
  /// What the DEM itself is good for; changes no class.
  void JudgeGround(const PlaneTile& tile);

  const HazardGround& ground_;
  const GroundMetric& metric_;
  const ShadowCaster* shadows_;
  const FootprintTests* tests_;
  CellWindow block_;
  HazardMap& map_;
  double tan_limit_;
};

}  // namespace perilune::dem
