#pragma once

#include <vector>

#include "dem/raster/grid.h"

namespace perilune::dem {

/// How heights change with distance: the sum of squared differences over a baseline, along rows and along
/// columns, and how many there are. Missing cells count nowhere. Sums of several patches add up.
struct SquaredChanges {
  double sum_m2 = 0;
  double count = 0;

  SquaredChanges& operator+=(const SquaredChanges& other) {
    sum_m2 += other.sum_m2;
    count += other.count;
    return *this;
  }
  /// RMS bidirectional slope: of (h(x + L) − h(x))/L, as an angle, rad. NaN without any difference.
  double RmsSlope_rad(double baseline_m) const;
};

/// Differences over `lag` cells. Throws std::invalid_argument for a lag below 1.
SquaredChanges ChangesOver(const Grid<float>& height_m, int lag);

/// Hurst exponent: the slope of log RMS deviation over log baseline, by least squares (Shepard 2001).
/// Needs two baselines or more; throws std::invalid_argument.
double HurstExponent(const std::vector<double>& baselines_m, const std::vector<SquaredChanges>& changes);

}  // namespace perilune::dem
