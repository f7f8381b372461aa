#pragma once

#include <cstdint>
#include <vector>

#include "dem/hazard/ground_metric.h"
#include "dem/hazard/hazard_mapper.h"
#include "dem/hazard/plane_tile.h"

namespace perilune::dem {

/// What the ground of a tile is like, cells by rows; NaN where a cell that counts has no data or is off the
/// map.
struct GroundLayers {
  std::vector<float> gradient;        ///< rise over run, by the estimator and baseline asked for
  std::vector<float> slope_rad;       ///< its angle
  std::vector<float> roughness_m;     ///< largest distance from the footprint's plane, at right angles to it
  std::vector<float> rms_m;           ///< root mean square of that distance
  std::vector<float> relief_m;        ///< highest − lowest
  std::vector<float> step_m;          ///< largest height difference to one of the eight neighbours
  std::vector<std::uint8_t> off_map;  ///< the footprint, or the slope's baseline, leaves the map
  std::vector<std::vector<float>> more_slopes_rad;  ///< by more_slope_baselines_m
};

/// `tile` in cells of the whole raster.
GroundLayers MeasureGround(const HazardGround& ground, const GroundMetric& metric,
                           const HazardOptions& options, const PlaneTile& tile);

}  // namespace perilune::dem
