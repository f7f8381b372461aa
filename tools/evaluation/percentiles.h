#pragma once

#include <vector>

namespace perilune::tools {

/// p50, p95, p99 and the largest of a sample, in its unit.
struct Percentiles {
  double p50 = 0;
  double p95 = 0;
  double p99 = 0;
  double max = 0;
};

/// The value below which a `share` (0…1) of the sample lies: linear interpolation between the order
/// statistics x₀ … xₙ₋₁ at position share·(n − 1) (Hyndman and Fan 1996, type 7; NumPy's default). Throws
/// std::invalid_argument for an empty sample, a NaN or a share outside [0, 1].
double Percentile(std::vector<double> sample, double share);

Percentiles SummarisePercentiles(const std::vector<double>& sample);

}  // namespace perilune::tools
