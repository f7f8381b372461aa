#pragma once

#include <Eigen/Core>
#include <optional>

#include "dem/hazard/ground_metric.h"
#include "dem/raster/grid.h"

namespace perilune::dem {

/// Part of a disc of this angular radius that is above a straight horizon: 1 when its centre is a radius or
/// more above.
double LitDiscFraction(double elevation_above_horizon_rad, double angular_radius_rad);

/// Cast shadows of a height raster on itself. Heights: m above the sphere, NaN = no data.
class ShadowCaster {
 public:
  /// Keeps references: `heights` and `metric` must outlive it. The direction is a unit vector in `moon`.
  ShadowCaster(const Grid<float>& heights, const GroundMetric& metric,
               const Eigen::Vector3d& direction_to_sun_in_moon, double angular_radius_rad);

  /// Lit fraction of the Sun's disc from the ground of a cell; NaN without data. The march follows the great
  /// circle towards the Sun, meets the ground at every grid line that it crosses and takes the drop of the
  /// sphere into account. Beyond the raster the ground is a sphere through the raster's lowest cell. One
  /// azimuth: the horizon across the disc's half degree is taken as level.
  float LitFraction(int col, int row) const;

 private:
  struct March;
  struct Leg;
  double HorizonTangent(int col, int row, double height_m, double dark_tangent, double lit_tangent) const;
  std::optional<Leg> NextLeg(const March& march) const;
  std::optional<double> HeightOnLine(const March& march, const Leg& leg) const;
  bool Inside(const March& march) const;
  double NeighbourhoodHighest(const March& march) const;

  const Grid<float>& heights_;
  const GroundMetric& metric_;
  Eigen::Vector3d direction_to_sun_in_moon_;
  double angular_radius_rad_;
  double lowest_m_ = 0, highest_m_ = 0;
  Grid<float> block_highest_m_;  ///< of a block of 32 × 32 cells and its eight neighbours
};

}  // namespace perilune::dem
