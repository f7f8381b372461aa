#include "dem/hazard/hazard_tile.h"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <limits>

#include "dem/hazard/detail_ratio.h"
#include "dem/hazard/footprint_probability.h"
#include "dem/hazard/ground_layers.h"
#include "dem/hazard/plane_fit.h"
#include "dem/hazard/site_probability.h"
#include "dem/synthesis/random.h"

namespace perilune::dem {

namespace {

std::uint16_t ReasonsAgainst(const CellHazard& cell, const HazardOptions& options, double tan_limit) {
  unsigned reasons = 0;
  if (!options.lander) {
    if (cell.gradient > tan_limit) reasons |= kReasonSlope;
    if (cell.roughness_m > options.roughness_limit_m) reasons |= kReasonRoughness;
  }
  if (options.relief_limit_m && cell.relief_m > *options.relief_limit_m) reasons |= kReasonRelief;
  return static_cast<std::uint16_t>(reasons);
}

HazardClass ClassOf(std::uint16_t reasons) {
  if (reasons & (kReasonUnknown | kReasonEdge)) return HazardClass::kUnknown;
  if (reasons & (kReasonSlope | kReasonRoughness | kReasonRelief | kReasonTilt | kReasonClearance))
    return HazardClass::kHazardous;
  if (reasons & kReasonShadow) return HazardClass::kShadow;
  return HazardClass::kSafe;
}

/// The noise of the tile's plane fits, from the geometry of its middle.
FitNoise NoiseOfTile(const GroundMetric& metric, const PlaneTile& tile, const HazardOptions& options) {
  const Eigen::Matrix2d middle =
      metric.At(tile.col + 0.5 * (tile.cols - 1), tile.row + 0.5 * (tile.rows - 1)).Metric();
  if (!middle.allFinite() || !(middle.determinant() > 0)) return {};
  const double diameter_m = UsedDiameter_m(middle, options.footprint_m);
  return NoiseOfFit(MakeFootprint(middle, diameter_m), middle, diameter_m, options.height_sigma_m,
                    options.height_correlation_m);
}

}  // namespace

Eigen::Matrix2d ScaleAtCell(const HazardGround& ground, const GroundMetric& metric, int col, int row) {
  const float height_m = ground.heights.At(col, row);
  const double stretch = std::isfinite(height_m) ? 1 + height_m / kMoonRadius_m : 1;
  return metric.At(ground.window.col + col, ground.window.row + row).Metric() * (stretch * stretch);
}

bool ShowsLanderAt(const Eigen::Matrix2d& metric, const Lander& lander) {
  return metric.allFinite() && metric.determinant() > 0 && ShowsFootprint(metric, lander);
}

void TestLanderTile(const HazardGround& ground, const GroundMetric& metric, const HazardOptions& options,
                    const CellWindow& block, const FootprintTile& tile, FootprintTests& tests,
                    Grid<float>& p_site) {
  const FootprintTile local{tile.col - ground.window.col, tile.row - ground.window.row, tile.cols, tile.rows};
  const Eigen::Matrix2d middle =
      ScaleAtCell(ground, metric, local.col + local.cols / 2, local.row + local.rows / 2);
  if (!ShowsLanderAt(middle, *options.lander)) return;
  const Eigen::Vector2i at(tile.col - block.col, tile.row - block.row);
  TestFootprintTile(ground.heights, local, middle, *options.lander, options.footprint_test, at, tests);
  FootprintProbabilityOfTile(ground.heights, local, middle, *options.lander, options.footprint_test,
                             DoubtOf(options), CellKey(tile.col, tile.row), at, p_site);
}

HazardTile::HazardTile(const HazardGround& ground, const GroundMetric& metric, const ShadowCaster* shadows,
                       const FootprintTests* tests, const CellWindow& block, HazardMap& map)
    : ground_(ground),
      metric_(metric),
      shadows_(shadows),
      tests_(tests),
      block_(block),
      map_(map),
      tan_limit_(std::tan(map.options.slope_limit_rad)) {}

void HazardTile::Map(const PlaneTile& tile) {
  const SiteProbability probability(map_.options, NoiseOfTile(metric_, tile, map_.options));
  const GroundLayers layers = MeasureGround(ground_, metric_, map_.options, tile);
  for (int row = 0; row < tile.rows; ++row) {
    const int map_col = tile.col - block_.col, map_row = tile.row - block_.row + row;
    WriteGround(layers, probability, static_cast<std::size_t>(row) * tile.cols, tile.cols, map_col, map_row);
    for (int col = 0; col < tile.cols; ++col) Judge(map_col + col, map_row);
  }
  JudgeGround(tile);
}

void HazardTile::JudgeGround(const PlaneTile& tile) {
  const HazardOptions& options = map_.options;
  const bool unresolved = options.effective_resolution_m > options.footprint_m;
  std::vector<float> ratios;
  if (options.least_detail_ratio > 0) {
    const CellWindow& window = ground_.window;
    ratios =
        DetailRatios(ground_.heights, {tile.col - window.col, tile.row - window.row, tile.cols, tile.rows});
  }
  if (!unresolved && ratios.empty()) return;
  for (int row = 0; row < tile.rows; ++row) {
    for (int col = 0; col < tile.cols; ++col) {
      const int map_col = tile.col - block_.col + col, map_row = tile.row - block_.row + row;
      unsigned reasons = map_.reasons.grid.At(map_col, map_row);
      if (unresolved) reasons |= kReasonUnresolved;
      if (!ratios.empty()) {
        const float ratio = ratios[static_cast<std::size_t>(row) * tile.cols + col];
        map_.detail_ratio.grid.At(map_col, map_row) = ratio;
        if (ratio < options.least_detail_ratio) reasons |= kReasonInterpolated;
      }
      map_.reasons.grid.At(map_col, map_row) = static_cast<std::uint16_t>(reasons);
    }
  }
}

void HazardTile::WriteGround(const GroundLayers& layers, const SiteProbability& probability, std::size_t from,
                             int count, int col, int row) {
  const auto write = [&](const std::vector<float>& layer, Raster<float>& band) {
    std::copy_n(layer.begin() + static_cast<std::ptrdiff_t>(from), count, &band.grid.At(col, row));
  };
  write(layers.step_m, map_.step_m);
  for (std::size_t k = 0; k < layers.more_slopes_rad.size(); ++k)
    write(layers.more_slopes_rad[k], map_.more_slopes_rad[k]);
  const float* const gradient = &layers.gradient[from];
  const auto write_known = [&](const std::vector<float>& layer, Raster<float>& band) {
    const float* const values = &layer[from];
    float* const to = &band.grid.At(col, row);
    for (int i = 0; i < count; ++i) to[i] = values[i] + 0 * gradient[i];  // NaN stays
  };
  write_known(layers.slope_rad, map_.slope_rad);
  write_known(layers.roughness_m, map_.roughness_m);
  write_known(layers.rms_m, map_.rms_roughness_m);
  write_known(layers.relief_m, map_.relief_m);
  float* const p_site = &map_.p_site.grid.At(col, row);
  std::uint16_t* const reasons = &map_.reasons.grid.At(col, row);
  for (int i = 0; i < count; ++i) {
    const std::size_t k = from + static_cast<std::size_t>(i);
    reasons[i] = layers.off_map[k] != 0 ? kReasonEdge : 0;
    if (std::isnan(gradient[i])) continue;
    const CellHazard cell{gradient[i], layers.roughness_m[k], layers.relief_m[k]};
    p_site[i] = map_.HasFootprintTest() ? p_site[i] * static_cast<float>(probability.OfRelief(cell))
                                        : static_cast<float>(probability.Of(cell));
    reasons[i] = ReasonsAgainst(cell, map_.options, tan_limit_);
  }
}

void HazardTile::TakeTest(int col, int row) {
  std::uint16_t& reasons = map_.reasons.grid.At(col, row);
  const unsigned verdict = tests_->verdict.At(col, row);
  unsigned against = 0;
  if (verdict & kFootprintTilt) against |= kReasonTilt;
  if (verdict & kFootprintClearance) against |= kReasonClearance;
  if (verdict & kFootprintUnknown) against |= kReasonUnknown;
  reasons = static_cast<std::uint16_t>(reasons | against);
}

void HazardTile::Judge(int col, int row) {
  std::uint16_t& reasons = map_.reasons.grid.At(col, row);
  if (tests_ != nullptr) TakeTest(col, row);
  if (std::isnan(map_.slope_rad.grid.At(col, row)))
    reasons = static_cast<std::uint16_t>(reasons | kReasonUnknown);
  if (reasons & kReasonUnknown) map_.p_site.grid.At(col, row) = 0;
  if (shadows_ != nullptr) {
    const float lit = shadows_->LitFraction(block_.col + col, block_.row + row);
    map_.lit_fraction.grid.At(col, row) = lit;
    if (lit < map_.options.min_lit_fraction) {
      reasons = static_cast<std::uint16_t>(reasons | kReasonShadow);
      map_.p_site.grid.At(col, row) = 0;
    }
  }
  map_.hazard_class.grid.At(col, row) = static_cast<std::uint8_t>(ClassOf(reasons));
}

}  // namespace perilune::dem
