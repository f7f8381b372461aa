#include "tools/campaign/bootstrap.h"

#include <cstdint>
#include <map>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "dem/synthesis/random.h"
#include "tools/evaluation/percentiles.h"

namespace perilune::tools {
namespace {

constexpr std::uint64_t kKey = 0x626f6f74;  // "boot": any fixed number does
constexpr std::uint64_t kResamples = 20'000;

double Mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace

BootstrapMean BootstrapOverRuns(const std::vector<double>& values) {
  if (values.empty()) throw std::invalid_argument("bootstrap of an empty sample");
  std::vector<double> means(kResamples);
  for (std::uint64_t resample = 0; resample < kResamples; ++resample) {
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double u = dem::RandomUniform(kKey, resample, i);
      sum += values[static_cast<std::size_t>(u * static_cast<double>(values.size()))];
    }
    means[resample] = sum / static_cast<double>(values.size());
  }
  return {Mean(values), Percentile(means, 0.025), Percentile(means, 0.975), static_cast<int>(values.size())};
}

BootstrapMean BootstrapOverUnits(const std::vector<UnitValue>& values) {
  std::map<std::string, std::pair<double, int>> sums;
  for (const UnitValue& value : values) {
    sums[value.unit].first += value.value;
    ++sums[value.unit].second;
  }
  std::vector<double> means;
  for (const auto& [unit, sum] : sums) means.push_back(sum.first / sum.second);
  return BootstrapOverRuns(means);
}

}  // namespace perilune::tools
