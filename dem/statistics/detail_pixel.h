#pragma once

#include <functional>

#include "dem/raster/grid.h"

namespace perilune::dem {

/// Blur of a DEM that shows what its pixels can: full width at half maximum of a Gaussian, in its pixels.
inline constexpr double kDetailFullWidth_px = 2.5;

/// Heights of a square of `side` pixels of a map, m; NaN where there are none.
using SquareReader = std::function<Grid<float>(int first_column, int first_row, int side)>;

/// Ground distance, m, of the pixel that a map's relief is worth: its own, `pixel_m`, or a larger one where
/// the map is blurred or interpolated from something coarser. A DEM that is low-passed to kDetailFullWidth_px
/// has its effective resolution (effective_resolution.h) at 6.6 pixels (docs/landings.md): one that has it at
/// more than 1.5 times that is worth the pixel that makes it so. The median over nine squares of half the
/// map's smaller side, 128 to 256 pixels; squares with missing cells are passed over, and a map without a
/// whole one is worth its own pixel. `width` and `height` in pixels.
double DetailPixel_m(int width, int height, double pixel_m, const SquareReader& read);

/// Of a grid whose cells are `pixel_m` / `cells_a_pixel` apart.
double DetailPixel_m(const Grid<float>& z_m, double pixel_m, int cells_a_pixel = 1);

}  // namespace perilune::dem
