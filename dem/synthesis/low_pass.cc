#include "dem/synthesis/low_pass.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

namespace perilune::dem {
namespace {

/// One pass along rows, written transposed: two passes give both axes and the first orientation again.
Grid<float> SmoothedRowsTransposed(const Grid<float>& grid, const std::vector<double>& weights) {
  const int radius = static_cast<int>(weights.size()) - 1;
  Grid<float> result(grid.height, grid.width);
  for (int r = 0; r < grid.height; ++r) {
    for (int c = 0; c < grid.width; ++c) {
      float& out = result.At(r, c);
      if (std::isnan(grid.At(c, r))) {
        out = std::numeric_limits<float>::quiet_NaN();
        continue;
      }
      double sum = 0, total = 0;
      for (int k = std::max(-radius, -c); k <= std::min(radius, grid.width - 1 - c); ++k) {
        const float value = grid.At(c + k, r);
        if (std::isnan(value)) continue;
        const double weight = weights[static_cast<std::size_t>(std::abs(k))];
        sum += weight * value;
        total += weight;
      }
      out = static_cast<float>(sum / total);
    }
  }
  return result;
}

}  // namespace

Grid<float> LowPass(const Grid<float>& grid, double sigma_cells) {
  if (!(sigma_cells >= 0) || !std::isfinite(sigma_cells)) {
    throw std::invalid_argument("sigma_cells " + std::to_string(sigma_cells) + " is negative or not finite");
  }
  std::vector<double> weights = {1};
  for (int k = 1; k <= 3 * sigma_cells; ++k)
    weights.push_back(std::exp(-0.5 * k * k / (sigma_cells * sigma_cells)));
  return SmoothedRowsTransposed(SmoothedRowsTransposed(grid, weights), weights);
}

double LowPassSigma_m(double effective_resolution_m) { return effective_resolution_m / 12; }

}  // namespace perilune::dem
