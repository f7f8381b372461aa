#pragma once

#include "dem/raster/grid.h"
#include "dem/synthesis/detail.h"
#include "dem/synthesis/plane_window.h"

namespace perilune::dem {

/// `world` with its band set to what a coarse ground lacks and a grid of `fine_spacing_m` shows: craters and
/// wavelengths from kCellsPerFeature fine cells up to `shown_from_m`. That is kCellsPerFeature coarse cells
/// where the coarse grid is as sharp as its spacing (synthetic levels), else the DEM's effective resolution
/// (GLD100: about 2 km whatever its posting).
DetailOptions DetailBetween(const DetailOptions& world, double shown_from_m, double fine_spacing_m);

/// The coarse heights interpolated onto `fine` (Catmull-Rom; bilinear beside missing cells; NaN where a
/// needed cell is missing) plus AddLunarDetail. The result is the only full-size memory taken. Throws
/// std::invalid_argument when `fine` is not inside the coarse window.
Grid<float> RefineGrid(const Grid<float>& coarse_m, const PlaneWindow& coarse, const PlaneWindow& fine,
                       const DetailOptions& detail);

/// The interpolation alone.
Grid<float> InterpolateGrid(const Grid<float>& coarse_m, const PlaneWindow& coarse, const PlaneWindow& fine);

}  // namespace perilune::dem
