#include "tools/campaign/bootstrap.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "dem/synthesis/random.h"

namespace perilune::tools {
namespace {

TEST(BootstrapOverRuns, OfEqualValuesHasNoWidth) {
  const BootstrapMean result = BootstrapOverRuns({3, 3, 3, 3});
  EXPECT_DOUBLE_EQ(result.mean, 3);
  EXPECT_DOUBLE_EQ(result.low, 3);
  EXPECT_DOUBLE_EQ(result.high, 3);
  EXPECT_EQ(result.count, 4);
}

TEST(BootstrapOverRuns, OfTwoValuesReachesBoth) {
  // A resample is (0, 0), (0, 1), (1, 0) or (1, 1) with probability 1/4 each: the 2.5 % and 97.5 % points are
  // 0 and 1.
  const BootstrapMean result = BootstrapOverRuns({0, 1});
  EXPECT_DOUBLE_EQ(result.mean, 0.5);
  EXPECT_DOUBLE_EQ(result.low, 0);
  EXPECT_DOUBLE_EQ(result.high, 1);
}

TEST(BootstrapOverRuns, HasTheWidthOfTheNormalForLargeSamples) {
  const int n = 400;
  std::vector<double> values;
  double mean = 0;
  for (int i = 0; i < n; ++i) values.push_back(dem::RandomNormal(5, 0, static_cast<std::uint64_t>(i)));
  for (const double value : values) mean += value / n;
  double variance = 0;
  for (const double value : values) variance += (value - mean) * (value - mean) / n;
  const BootstrapMean result = BootstrapOverRuns(values);
  const double half_width = 1.96 * std::sqrt(variance / n);
  // The 2.5 % point of 20 000 draws is itself uncertain by about 1 % of the half width; 4 % is four sigma.
  EXPECT_NEAR(result.high - mean, half_width, 0.04 * half_width);
  EXPECT_NEAR(mean - result.low, half_width, 0.04 * half_width);
}

TEST(BootstrapOverRuns, IsDeterministicAndRefusesNothing) {
  EXPECT_EQ(BootstrapOverRuns({1, 2, 7}).high, BootstrapOverRuns({1, 2, 7}).high);
  EXPECT_THROW(BootstrapOverRuns({}), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::tools
