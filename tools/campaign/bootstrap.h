#pragma once

#include <string>
#include <vector>

namespace perilune::tools {

/// A mean over runs and its 95 % interval.
struct BootstrapMean {
  double mean = 0;
  double low = 0;
  double high = 0;
  int count = 0;
};

/// Percentile bootstrap (Efron 1979) of the mean: 20 000 resamples of the whole sample with replacement,
/// drawn from the counter generator with a fixed key, so that equal samples give equal intervals. One value
/// gives an interval of no width. Throws std::invalid_argument for an empty sample.
BootstrapMean BootstrapOverRuns(const std::vector<double>& values);

/// A value of a run, a world, a descent: what its values have in common makes it the unit.
struct UnitValue {
  std::string unit;
  double value = 0;
};

/// The same of the units' means, in the order of their names.
BootstrapMean BootstrapOverUnits(const std::vector<UnitValue>& values);

}  // namespace perilune::tools
