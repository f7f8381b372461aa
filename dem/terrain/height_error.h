#pragma once

#include <cmath>

namespace perilune::dem {

/// Correlation of a map's height errors between two places: exp(−(d/L)²), with L the declared
/// `height_correlation_m`, the distance at which it has fallen to 1/e. Without a length (0) errors of
/// different places are independent.
inline double HeightErrorCorrelation(double distance_m, double height_correlation_m) {
  if (!(height_correlation_m > 0)) return distance_m > 0 ? 0.0 : 1.0;
  const double lengths = distance_m / height_correlation_m;
  return std::exp(-lengths * lengths);
}

}  // namespace perilune::dem
