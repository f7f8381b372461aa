#pragma once

#include <vector>

#include "dem/hazard/plane_fit.h"

namespace perilune::dem {

/// Heights of a patch of ground, row after row, without gaps between rows.
struct Patch {
  int width = 0, height = 0;
  std::vector<float> cells;

  const float* Row(int row) const { return cells.data() + static_cast<std::size_t>(row) * width; }
  float* Row(int row) { return cells.data() + static_cast<std::size_t>(row) * width; }
};

/// The highest cell of each disc that lies in the patch as a whole; other cells keep the value `outside`. No
/// NaN.
Patch DiscMaximum(const Patch& patch, const Footprint& disc, float outside);

/// The highest of `size` × `size` cells of which each cell is the first; where they leave the patch,
/// `outside`.
Patch BlockMaximum(const Patch& patch, int size, float outside);

}  // namespace perilune::dem
