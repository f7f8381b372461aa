#include "tools/evaluation/distributions.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

namespace perilune::tools {
namespace {

TEST(ChiSquareQuantile, HasTheValuesOfPrintedTables) {
  EXPECT_NEAR(ChiSquareQuantile(0.95, 1), 3.8414588, 1e-6);
  EXPECT_NEAR(ChiSquareQuantile(0.025, 3), 0.2157953, 1e-6);
  EXPECT_NEAR(ChiSquareQuantile(0.975, 3), 9.3484036, 1e-6);
  EXPECT_NEAR(ChiSquareQuantile(0.975, 100), 129.5611972, 1e-5);
}

TEST(ChiSquareQuantile, OfTwoDegreesIsALogarithm) {
  for (const double p : {0.01, 0.5, 0.99}) EXPECT_NEAR(ChiSquareQuantile(p, 2), -2 * std::log(1 - p), 1e-9);
}

TEST(ChiSquareQuantile, ApproachesTheNormalForManyDegrees) {
  // Wilson and Hilferty (1931): (χ²/n)^(1/3) is normal with mean 1 − 2/9n and variance 2/9n.
  const double n = 60000;
  const double expected = n * std::pow(1 - 2 / (9 * n) + 1.959963985 * std::sqrt(2 / (9 * n)), 3);
  EXPECT_NEAR(ChiSquareQuantile(0.975, n) / expected, 1, 1e-7);
}

TEST(ChiSquareQuantile, RefusesWhatIsNoProbability) {
  EXPECT_THROW(ChiSquareQuantile(1, 3), std::invalid_argument);
  EXPECT_THROW(ChiSquareQuantile(0.5, 0), std::invalid_argument);
}

TEST(ClopperPearsonUpper, HasAClosedFormWithoutEvents) {
  for (const int n : {1, 20, 3000}) {
    EXPECT_NEAR(ClopperPearsonUpper(0, n), 1 - std::pow(0.05, 1.0 / n), 1e-10);
  }
  EXPECT_EQ(ClopperPearsonUpper(0, 0), 1);
  EXPECT_EQ(ClopperPearsonUpper(5, 5), 1);
}

TEST(ClopperPearsonUpper, SolvesTheBinomialTail) {
  const int n = 40;
  const int events = 3;
  const double p = ClopperPearsonUpper(events, n);
  double tail = 0;
  for (int k = 0; k <= events; ++k) {
    const double choose = std::exp(std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1));
    tail += choose * std::pow(p, k) * std::pow(1 - p, n - k);
  }
  EXPECT_NEAR(tail, 0.05, 1e-9);
}

TEST(ClopperPearsonUpper, RefusesMoreEventsThanTrials) {
  EXPECT_THROW(ClopperPearsonUpper(3, 2), std::invalid_argument);
  EXPECT_THROW(ClopperPearsonUpper(-1, 2), std::invalid_argument);
  EXPECT_THROW(ClopperPearsonUpper(1, 2, 1.0), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::tools
