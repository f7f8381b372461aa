#include "tools/evaluation/percentiles.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

namespace perilune::tools {
namespace {

TEST(Percentile, InterpolatesBetweenOrderStatistics) {
  // Positions 0.5·3 = 1.5 and 0.95·3 = 2.85 of the sorted 1 2 3 10.
  EXPECT_DOUBLE_EQ(Percentile({10, 1, 3, 2}, 0.5), 2.5);
  EXPECT_DOUBLE_EQ(Percentile({10, 1, 3, 2}, 0.95), 3 + 0.85 * 7);
  EXPECT_DOUBLE_EQ(Percentile({10, 1, 3, 2}, 1), 10);
  EXPECT_DOUBLE_EQ(Percentile({7}, 0.99), 7);
}

TEST(Percentile, SummarisesTheFirstHundredNumbers) {
  std::vector<double> sample;
  for (int i = 0; i <= 100; ++i) sample.push_back(100 - i);
  const Percentiles result = SummarisePercentiles(sample);
  EXPECT_DOUBLE_EQ(result.p50, 50);
  EXPECT_DOUBLE_EQ(result.p95, 95);
  EXPECT_DOUBLE_EQ(result.p99, 99);
  EXPECT_DOUBLE_EQ(result.max, 100);
}

TEST(Percentile, RefusesWhatHasNone) {
  EXPECT_THROW(Percentile({}, 0.5), std::invalid_argument);
  EXPECT_THROW(Percentile({1, std::nan("")}, 0.5), std::invalid_argument);
  EXPECT_THROW(Percentile({1}, 1.5), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::tools
