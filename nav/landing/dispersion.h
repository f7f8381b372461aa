#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "dem/raster/grid.h"

namespace perilune::nav {

/// Probability of safe ground under a touchdown dispersed by N(0, covariance) around each cell: the
/// convolution of `p_site` with the Gaussian, integrated over cells. Outside the grid, at NaN, and beyond 5
/// sigma (6e-7 an axis) the probability is 0. The covariance is in cells² of (column, row), any orientation:
/// a Gaussian along the axis of the smaller variance given the other, then one over that with the shear,
/// which the cells follow linearly; so a tilted covariance is widened by at most 1/4 cell² (a test compares
/// with the sum over all cells).
dem::Grid<float> Disperse(const dem::Grid<float>& p_site, const Eigen::Matrix2d& covariance_px2);

/// Cells around a cell, in columns and rows, that Disperse asks for: of a part of a raster, the cells farther
/// than this from the part's edges have the bits that they have in the whole.
Eigen::Vector2i DispersionReach(const Eigen::Matrix2d& covariance_px2);

/// Distance of each cell's centre to that of the nearest cell where `safe` is 0, or of the ring just outside
/// the grid, with these lengths of a column and a row (exact Euclidean distance transform, Felzenszwalb &
/// Huttenlocher 2012).
dem::Grid<float> DistanceToUnsafe(const dem::Grid<std::uint8_t>& safe, double col_m, double row_m);

/// A row of DistanceToUnsafe, from the rows to the nearest unsafe cell of each column (0: this one). For maps
/// larger than memory.
std::vector<float> DistanceAlongRow(const std::vector<int>& rows_to_unsafe, double col_m, double row_m);

}  // namespace perilune::nav
