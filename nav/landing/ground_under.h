#pragma once

#include <Eigen/Core>

#include "dem/frames/site.h"
#include "dem/hazard/ground_metric.h"
#include "dem/raster/raster.h"

namespace perilune::nav {

/// The ground of a DEM below points of `site`. Keeps references: DEM and metric must outlive it.
class GroundUnder {
 public:
  GroundUnder(const dem::Raster<float>& dem, const dem::GroundMetric& metric, const dem::Site& site)
      : dem_(dem), metric_(metric), site_(site) {}

  /// Height of a point over the ground on its vertical, m: bilinear between cells; NaN outside the DEM and
  /// where one of the four cells has no data.
  double HeightOver_m(const Eigen::Vector3d& point_in_site_m) const;

  /// Column and row of the place below a point, by Newton's method on the cells' steps; outside the DEM only
  /// roughly.
  Eigen::Vector2d CellBelow(const Eigen::Vector3d& point_in_site_m) const;

  /// The ground at a cell, in `site`; NaN without data.
  Eigen::Vector3d PointOfCell(int col, int row) const;

 private:
  const dem::Raster<float>& dem_;
  const dem::GroundMetric& metric_;
  const dem::Site& site_;
};

}  // namespace perilune::nav
