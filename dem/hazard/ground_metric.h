#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <string>
#include <vector>

#include "dem/raster/cell_window.h"

namespace perilune::dem {

/// Ground geometry of one cell on the reference sphere, all vectors in `moon`.
struct CellGeometry {
  Eigen::Vector3d up;          ///< unit, the local vertical
  Eigen::Vector3d col_step_m;  ///< motion over the ground for one column to the right
  Eigen::Vector3d row_step_m;  ///< and for one row down

  /// Metric M of pixel offsets (dc, dr): ground distance² = δᵀ M δ, m². Equirectangular maps stretch columns
  /// by 1/cos(latitude), polar stereographic ones both axes by 2/(1 + |sin(latitude)|); M knows, and shear as
  /// well.
  Eigen::Matrix2d Metric() const;
  /// Pixel offset per metre along a horizontal direction given in `moon` (its part along `up` is ignored).
  Eigen::Vector2d PixelsPerMetre(const Eigen::Vector3d& direction_in_moon) const;
};

/// The local metric scale of a raster in both axes, for every cell: exact at the nodes of a lattice every
/// 32 cells, linear between them (relative error below (32 · spacing / R)² / 8: 1e-8 at 2 m a cell, 1e-5 at
/// 474 m). Poles are no special place: everything is kept as vectors in `moon`.
class GroundMetric {
 public:
  static constexpr int kStep = 32;

  /// Throws std::invalid_argument when the CRS is unusable. Cells that lie nowhere on the Moon (the corners
  /// of an orthographic disc) get NaN.
  GroundMetric(const std::string& crs_wkt, const Eigen::Affine2d& crs_from_pixel, int width, int height);

  /// The same bits for the cells of a window of a raster, whose columns and rows still count from the
  /// raster's first cell, in memory for the window alone.
  GroundMetric(const std::string& crs_wkt, const Eigen::Affine2d& crs_from_pixel, int width, int height,
               const CellWindow& window);

  CellGeometry At(double col, double row) const;

 private:
  int width_ = 0, height_ = 0;
  int first_col_ = 0, first_row_ = 0;  ///< node that is the first in memory
  int columns_ = 0, rows_ = 0;         ///< nodes in memory, a lattice row and a column
  std::vector<CellGeometry> nodes_;
};

}  // namespace perilune::dem
