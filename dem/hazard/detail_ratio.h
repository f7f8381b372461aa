#pragma once

#include <vector>

#include "dem/hazard/plane_tile.h"
#include "dem/raster/grid.h"

namespace perilune::dem {

/// Cells around a cell that its detail ratio looks at, each way.
inline constexpr int kDetailReach = 8;

/// How much relief the cells of a tile show at their own spacing, against what they show at four of it: RMS
/// second difference h(x + lag) − 2 h(x) + h(x − lag) at a lag of one cell over that at four, both axes
/// together, over the 9 × 9 cells around. Self-affine ground of Hurst exponent H has 4^(−H): 0.27 to 0.5 for
/// the Moon's H of 0.95 to 0.5 (Rosenburg et al. 2011); ground that was interpolated, or smoothed over more
/// than some four cells, is a smooth surface there and comes near 1/16, or 0 between the points of a linear
/// interpolation. NaN where nothing is known, and on ground without any second difference, which tells
/// nothing. Cells by rows; second differences that ask for missing cells are left out. `tile` in cells of the
/// grid.
std::vector<float> DetailRatios(const Grid<float>& heights, const PlaneTile& tile);

}  // namespace perilune::dem
