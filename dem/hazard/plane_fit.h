#pragma once

#include <Eigen/Core>
#include <vector>

#include "dem/raster/grid.h"

namespace perilune::dem {

/// The cells whose centres lie within a circle on the ground, as runs of columns, one a row, around the
/// centre cell. Symmetric about the centre, so that a plane's three coefficients separate.
struct Footprint {
  struct Run {
    int row = 0;              ///< offset
    int first = 0, last = 0;  ///< column offsets, both included
  };
  std::vector<Run> runs;
  int count = 0;
  int reach_cols = 0, reach_rows = 0;                 ///< largest offsets
  Eigen::Matrix2d moments = Eigen::Matrix2d::Zero();  ///< Σ δ δᵀ over the offsets δ = (column, row)
};

/// The diameter that the footprint gets on this metric (GroundMetric): as asked, but at least what covers 3 ×
/// 3 cells.
double UsedDiameter_m(const Eigen::Matrix2d& metric, double diameter_m);

/// The cells of a disc of that diameter, however few: the centre cell at least.
Footprint MakeDisc(const Eigen::Matrix2d& metric, double diameter_m);

/// MakeDisc of UsedDiameter_m.
Footprint MakeFootprint(const Eigen::Matrix2d& metric, double diameter_m);

/// Plane fits of neighbouring cells of one row: z(δ) = mean + slope_cr · δ by least squares.
struct PlaneFits {
  std::vector<double> mean_m;
  std::vector<double> per_col_m, per_row_m;  ///< rise a column, a row
  std::vector<double> deviation_m;           ///< largest vertical |cell − plane|
  std::vector<double> rms_m;                 ///< of cell − plane, vertical
  std::vector<double> lowest_m, highest_m;
};

/// Cell by cell in double precision, in time proportional to the footprint's cells: for footprints too large
/// for plane_tile.h. Fits for the cells (first_col … first_col + count − 1, row), whose footprints must lie
/// inside the grid. A missing (NaN) cell in a footprint makes its fit NaN.
PlaneFits FitPlanes(const Grid<float>& heights, int row, int first_col, int count,
                    const Footprint& footprint);

/// 1 sigma of what a fit says when the heights err by a stationary Gaussian noise.
struct FitNoise {
  double gradient = 0;    ///< of each component of the metric gradient (rise over run)
  double residual_m = 0;  ///< of cell − plane, root mean square over the cells
  double relief_m = 0;    ///< of the difference of two cells a footprint apart
};

/// `height_sigma_m` correlated as dem/terrain/height_error.h has it over `correlation_m` (0: independent
/// cells).
FitNoise NoiseOfFit(const Footprint& footprint, const Eigen::Matrix2d& metric, double diameter_m,
                    double height_sigma_m, double correlation_m);

}  // namespace perilune::dem
