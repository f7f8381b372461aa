#pragma once

#include <vector>

#include "dem/hazard/plane_fit.h"
#include "dem/terrain/simd_level.h"

namespace perilune::dem {

/// Cells of a grid whose planes are fitted together.
struct PlaneTile {
  int col = 0, row = 0;
  int cols = 0, rows = 0;
};

inline constexpr int kPlaneTileCols = 128, kPlaneTileRows = 64;

/// Least-squares planes z(δ) = mean + per_col · column + per_row · row through the footprints of a tile's
/// cells, by rows of `width` ≥ cols cells; NaN where a cell of the footprint has no data or is off the grid.
struct PlaneTileFits {
  int width = 0;
  std::vector<float> mean_m;
  std::vector<float> per_col_m, per_row_m;
  std::vector<float> rms_m;        ///< of cell − plane, vertical
  std::vector<float> deviation_m;  ///< largest vertical |cell − plane|
  std::vector<float> relief_m;     ///< highest − lowest cell
};

/// Whether FitPlaneTile can take the footprint with steps of at least 2^-16 of the height range: up to about
/// 60 cells across.
bool FitsPlaneTile(const Footprint& footprint);

/// Fits for a tile of at most kPlaneTileCols × kPlaneTileRows cells, in time nearly independent of the
/// footprint but for the deviation. Sums are of whole numbers, of the heights in steps of a fraction of the
/// tile's height range (2^-19 for a footprint of 317 cells, coarser for larger ones) that slide down the rows
/// exactly; deviation and relief are of the heights themselves, in single precision from the middle of their
/// range. Looks at the tile and the footprint's reach, nothing else: the same bits in every grid that holds
/// those. `planes_alone`: neither deviation nor relief, which take most of the time. Precondition: reach
/// below kMostPlaneReach (plane_kernel.h) rows.
PlaneTileFits FitPlaneTile(const Grid<float>& heights, const PlaneTile& tile, const Footprint& footprint,
                           SimdLevel simd = ChosenSimdLevel(), bool planes_alone = false);

}  // namespace perilune::dem
