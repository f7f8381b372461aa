#pragma once

#include <Eigen/Core>
#include <cstdint>

#include "datasets/formats/uncertainty.h"
#include "datasets/scenarios/scenario.h"
#include "dem/raster/raster.h"
#include "dem/terrain/terrain.h"

namespace perilune::datasets {

/// A map level, what it declares of itself, and the tie error that it does not tell.
struct DegradedMap {
  dem::Raster<float> raster;  ///< height above the sphere, m
  MapUncertainty uncertainty;
  Eigen::Vector3d tie_in_site_m = Eigen::Vector3d::Zero();
};

/// The map of a scenario's level `level`, made from the coarsest ground level that is at least 4 × finer and
/// covers it:
///  1. low-passed by a Gaussian whose full width at half maximum is `blur_px` map pixels;
///  2. moved as a whole by a tie error in `site` (normal, drawn for the scenario's seed and the level);
///  3. sampled on a pixel grid of another projection, origin and spacing;
///  4. plus a stationary normal height error whose correlation falls as exp(−(d / L)²), L =
///  height_correlation_px.
/// The scenario's faults of the map move it further, or blur it more, than it declares. Throws
/// std::invalid_argument when no ground level is fine and wide enough.
DegradedMap DegradeMap(const Scenario& scenario, const dem::Terrain& ground, std::size_t level);

/// The ground itself around the site, unchanged: orthographic, centred at the site, `half_width_m` to each
/// side.
dem::Raster<float> SiteDem(const dem::Terrain& ground, double spacing_m, double half_width_m);

}  // namespace perilune::datasets
