#pragma once

#include "dem/raster/grid.h"

namespace perilune::dem {

/// `grid` under a Gaussian of `sigma_cells` (cut at 3 sigma). Missing cells stay missing and weigh nothing;
/// at the edges the weights that are left are normalised. Throws std::invalid_argument for a sigma that is
/// negative or not finite.
Grid<float> LowPass(const Grid<float>& grid, double sigma_cells);

/// Sigma, m, of the LowPass that takes off what a DEM shows below its effective resolution (quantisation, the
/// ripple of an upsampled posting) before synthetic detail takes its place: gain 0.87 at the effective
/// resolution, 0.58 at half of it, 0.11 at a quarter.
double LowPassSigma_m(double effective_resolution_m);

}  // namespace perilune::dem
