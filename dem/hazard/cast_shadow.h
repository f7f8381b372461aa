#pragma once

#include <Eigen/Core>
#include <limits>
#include <optional>

#include "dem/hazard/ground_metric.h"
#include "dem/raster/grid.h"

namespace perilune::dem {

/// Part of a disc of this angular radius that is above a straight horizon: 1 when its centre is a radius or
/// more above.
double LitDiscFraction(double elevation_above_horizon_rad, double angular_radius_rad);

/// Ground that casts shadows: the cells of a raster, or of a part of it whose first cell is (first_col,
/// first_row); heights in m above the sphere, NaN = no data.
struct ShadowGround {
  const Grid<float>& heights;
  int first_col = 0, first_row = 0;  ///< multiples of kShadowBlock
  /// Lowest and highest ground of the whole raster; the horizon beyond it is a sphere through the lowest.
  double lowest_m = 0, highest_m = 0;
  double reach_m = std::numeric_limits<double>::infinity();  ///< ground farther away casts no shadow
};

/// Cells a side of a block of which the highest cell is known.
inline constexpr int kShadowBlock = 32;

/// The ground of a whole raster.
ShadowGround WholeShadowGround(const Grid<float>& heights);

/// Cast shadows of a height raster on itself. Columns and rows count from the raster's first cell, also where
/// only a part of it is in memory: a cell whose march stays kShadowBlock · 2 cells away from the part's edges
/// gets the same bits as in the whole.
class ShadowCaster {
 public:
  /// Keeps references: the heights and `metric` must outlive it. The direction is a unit vector in `moon`.
  ShadowCaster(const ShadowGround& ground, const GroundMetric& metric,
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
  float HeightAt(int col, int row) const {
    return ground_.heights.At(col - ground_.first_col, row - ground_.first_row);
  }

  ShadowGround ground_;
  int last_col_ = 0, last_row_ = 0;
  const GroundMetric& metric_;
  Eigen::Vector3d direction_to_sun_in_moon_;
  double angular_radius_rad_;
  Grid<float> block_highest_m_;  ///< of a block and its eight neighbours
};

}  // namespace perilune::dem
