#include "dem/hazard/hazard_mapper.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <stdexcept>

#include "dem/hazard/detail_ratio.h"
#include "dem/hazard/footprint_probability.h"
#include "dem/hazard/hazard_options_hash.h"
#include "dem/hazard/hazard_tile.h"
#include "dem/hazard/plane_fit.h"

namespace perilune::dem {

namespace {

template <typename T>
Raster<T> BandOver(const HazardGround& ground, const CellWindow& block, const std::string& name,
                   const char* unit, T value, std::optional<T> nodata) {
  Raster<T> band;
  band.grid = Grid<T>(block.width, block.height, value);
  band.crs_wkt = ground.crs_wkt;
  band.crs_from_pixel = ground.crs_from_pixel * Eigen::Translation2d(block.col, block.row);
  band.nodata = nodata;
  band.name = name;
  band.unit = unit;
  return band;
}

std::string SlopeBandName(double baseline_m) {
  char text[48];
  std::snprintf(text, sizeof text, "slope_%gm_rad", baseline_m);
  return text;
}

/// Of the ground in a block; the footprint grows where cells are coarse.
double WidestFootprint_m(const GroundMetric& metric, const CellWindow& block, double footprint_m) {
  double widest_m = footprint_m;
  for (int row = block.row; row < block.EndRow(); row += GroundMetric::kStep) {
    for (int col = block.col; col < block.EndCol(); col += GroundMetric::kStep) {
      const Eigen::Matrix2d m = metric.At(col, row).Metric();
      if (m.allFinite()) widest_m = std::max(widest_m, UsedDiameter_m(m, footprint_m));
    }
  }
  return widest_m;
}

bool EndsATile(int end, int size) { return end % kHazardTile == 0 || end == size; }

/// Calls `work` for the tiles of a block, in parallel; the last ones are cut at its end.
template <typename Tile, typename Work>
void ForEachTile(const CellWindow& block, int cols, int rows, const Work& work) {
  const int across = (block.width + cols - 1) / cols, down = (block.height + rows - 1) / rows;
  tbb::parallel_for(tbb::blocked_range<int>(0, across * down), [&](const tbb::blocked_range<int>& range) {
    for (int i = range.begin(); i < range.end(); ++i) {
      const int col = i % across * cols, row = i / across * rows;
      work(Tile{block.col + col, block.row + row, std::min(cols, block.width - col),
                std::min(rows, block.height - row)});
    }
  });
}

Eigen::Vector3d DirectionToSunInMoon(const PlacedSun& sun) {
  return sun.site.moon_from_site.linear() * sun.sun.direction_to_sun_in_site.normalized();
}

}  // namespace

HazardReach ReachOfHazards(const CellGeometry& cell, const HazardOptions& options,
                           const std::optional<PlacedSun>& sun, double shadow_reach_m) {
  const Eigen::Matrix2d metric = cell.Metric();
  HazardReach reach;
  if (!metric.allFinite() || !(metric.determinant() > 0)) return reach;
  double widest_m = std::max(options.footprint_m, options.slope_baseline_m);
  for (const double baseline_m : options.more_slope_baselines_m) widest_m = std::max(widest_m, baseline_m);
  const Footprint footprint = MakeFootprint(metric, widest_m);
  Eigen::Vector2i cells(footprint.reach_cols, footprint.reach_rows);
  if (options.lander && ShowsFootprint(metric, *options.lander)) {
    const int doubt = ReachOfDoubt(DoubtOf(options));
    cells = cells.cwiseMax(FootprintReach(metric, *options.lander, options.footprint_test) +
                           Eigen::Vector2i::Constant(doubt));
  }
  if (options.least_detail_ratio > 0) cells = cells.cwiseMax(kDetailReach);
  // The scale at another cell may take in a ring more.
  reach.cols = cells.x() + 1;
  reach.rows = cells.y() + 1;
  if (!sun) return reach;
  const Eigen::Vector2d towards = 1.05 * shadow_reach_m * cell.PixelsPerMetre(DirectionToSunInMoon(*sun));
  if (!towards.allFinite()) return reach;  // in the zenith: no shadows
  constexpr double kMost = 1e8;
  const Eigen::Vector2d bounded = towards.cwiseMax(-kMost).cwiseMin(kMost);
  const int aside = 3 * kShadowBlock + static_cast<int>(0.05 * bounded.norm());
  reach.cols = std::max(reach.cols, aside);
  reach.rows = std::max(reach.rows, aside);
  reach.to_sun = bounded.array().round().cast<int>();
  return reach;
}

HazardMapper::HazardMapper(const HazardGround& ground, const HazardOptions& options,
                           const std::optional<PlacedSun>& sun)
    : ground_(ground),
      options_((options.Validate(), options)),
      metric_(ground.crs_wkt, ground.crs_from_pixel, ground.width, ground.height, ground.window) {
  const CellWindow& window = ground.window;
  if (window.col % kHazardTile != 0 || window.row % kHazardTile != 0)
    throw std::invalid_argument("window: must begin at whole tiles of the raster");
  if (ground.heights.width != window.width || ground.heights.height != window.height)
    throw std::invalid_argument("heights: must have the size of the window");
  for (const float z : ground.heights.data) {
    if (std::isinf(z)) throw std::invalid_argument("dem: has an infinite height");
  }
  std::optional<Eigen::Vector3d> direction_to_sun;
  if (sun) {
    direction_to_sun = DirectionToSunInMoon(*sun);
    const ShadowGround casts{ground.heights,  window.col,       window.row,
                             ground.lowest_m, ground.highest_m, ground.shadow_reach_m};
    shadows_.emplace(casts, metric_, *direction_to_sun, sun->sun.angular_radius_rad);
  }
  options_hash_ = HashOfHazardOptions(options, direction_to_sun, sun ? sun->sun.angular_radius_rad : 0);
}

bool HazardMapper::ShowsLander() const {
  if (!options_.lander) return true;
  const CellWindow& window = ground_.window;
  const Eigen::Matrix2d middle = ScaleAtCell(ground_, metric_, window.width / 2, window.height / 2);
  return ShowsLanderAt(middle, *options_.lander);
}

HazardMap HazardMapper::EmptyMap(const CellWindow& block) const {
  constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();
  HazardMap map;
  map.options = options_;
  map.has_sun = shadows_.has_value();
  const auto band = [&](const std::string& name, const char* unit) {
    return BandOver<float>(ground_, block, name, unit, kMissing, kMissing);
  };
  map.p_site = BandOver<float>(ground_, block, "p_site", "1", 0.0F, kMissing);
  map.slope_rad = band("slope_rad", "rad");
  map.roughness_m = band("roughness_m", "m");
  map.rms_roughness_m = band("rms_roughness_m", "m");
  map.relief_m = band("relief_m", "m");
  map.step_m = band("step_m", "m");
  for (const double baseline_m : options_.more_slope_baselines_m)
    map.more_slopes_rad.push_back(band(SlopeBandName(baseline_m), "rad"));
  map.lit_fraction = band("lit_fraction", "1");
  if (options_.least_detail_ratio > 0) map.detail_ratio = band("detail_ratio", "1");
  map.hazard_class = BandOver<std::uint8_t>(ground_, block, "class", "",
                                            static_cast<std::uint8_t>(HazardClass::kUnknown), {});
  map.reasons = BandOver<std::uint16_t>(ground_, block, "reasons", "", 0, {});
  if (options_.lander) {
    map.tilt_rad = band("tilt_rad", "rad");
    map.clearance_m = band("clearance_m", "m");
  }
  map.footprint_used_m = WidestFootprint_m(metric_, block, options_.footprint_m);
  map.options_hash = options_hash_;
  return map;
}

HazardMap HazardMapper::Map(const CellWindow& block) const {
  const CellWindow& window = ground_.window;
  if (block.col % kHazardTile != 0 || block.row % kHazardTile != 0 ||
      !EndsATile(block.EndCol(), ground_.width) || !EndsATile(block.EndRow(), ground_.height) ||
      block.col < window.col || block.row < window.row || block.EndCol() > window.EndCol() ||
      block.EndRow() > window.EndRow()) {
    throw std::invalid_argument("block: must be whole tiles of the window");
  }
  HazardMap map = EmptyMap(block);
  std::optional<FootprintTests> tests;
  if (options_.lander) {
    tests = EmptyFootprintTests(block.width, block.height, options_.footprint_test);
    ForEachTile<FootprintTile>(block, kFootprintTile, kFootprintTile, [&](const FootprintTile& tile) {
      TestLanderTile(ground_, metric_, options_, block, tile, *tests, map.p_site.grid);
    });
  }
  // Tiles of a fixed size: the noise model is one a tile, and must not depend on how the work was split.
  ForEachTile<PlaneTile>(block, kPlaneTileCols, kPlaneTileRows, [&](const PlaneTile& tile) {
    HazardTile(ground_, metric_, shadows_ ? &*shadows_ : nullptr, tests ? &*tests : nullptr, block, map)
        .Map(tile);
  });
  if (tests) {
    map.tilt_rad.grid = std::move(tests->tilt_rad);
    map.clearance_m.grid = std::move(tests->clearance_m);
  }
  return map;
}

}  // namespace perilune::dem
