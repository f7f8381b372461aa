#pragma once

#include <vector>

namespace perilune::dem {

struct Line {
  double offset = 0;
  double slope = 0;
};

/// Least squares of y = offset + slope · x. Throws std::invalid_argument for fewer than two points, for x
/// that are all alike, or for vectors of different length.
Line FitLine(const std::vector<double>& x, const std::vector<double>& y);

}  // namespace perilune::dem
