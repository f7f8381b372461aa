#include "tools/evaluation/percentiles.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace perilune::tools {
namespace {

double InterpolateSorted(const std::vector<double>& sorted, double share) {
  const double position = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const auto above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (position - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

std::vector<double> Sorted(std::vector<double> sample) {
  if (sample.empty()) throw std::invalid_argument("percentile of an empty sample");
  if (std::any_of(sample.begin(), sample.end(), [](double x) { return std::isnan(x); })) {
    throw std::invalid_argument("percentile of a sample that holds NaN");
  }
  std::sort(sample.begin(), sample.end());
  return sample;
}

}  // namespace

double Percentile(std::vector<double> sample, double share) {
  if (!(share >= 0 && share <= 1)) throw std::invalid_argument("share must be inside [0, 1]");
  return InterpolateSorted(Sorted(std::move(sample)), share);
}

Percentiles SummarisePercentiles(const std::vector<double>& sample) {
  const std::vector<double> sorted = Sorted(sample);
  return {InterpolateSorted(sorted, 0.50), InterpolateSorted(sorted, 0.95), InterpolateSorted(sorted, 0.99),
          sorted.back()};
}

}  // namespace perilune::tools
