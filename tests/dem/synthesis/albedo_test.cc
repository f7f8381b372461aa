#include "dem/synthesis/albedo.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

namespace perilune::dem {
namespace {

TEST(AlbedoTexture, VariesByFiveToTenPercentAndStaysPositive) {
  for (std::uint64_t seed : {1U, 2U, 3U, 4U}) {
    AlbedoOptions options;
    options.seed = seed;
    const Grid<float> albedo = AlbedoTexture({0, 0, 800, 800, 3}, options);
    double sum = 0, sum2 = 0;
    for (float v : albedo.data) {
      ASSERT_GT(v, 0);
      ASSERT_LE(v, 1);
      sum += v;
      sum2 += static_cast<double>(v) * v;
    }
    const double n = static_cast<double>(albedo.data.size()), mean = sum / n;
    const double sigma = std::sqrt(sum2 / n - mean * mean) / mean;
    EXPECT_NEAR(mean, 0.12, 0.01);
    EXPECT_GT(sigma, 0.05);
    EXPECT_LT(sigma, 0.10);
  }
}

TEST(AlbedoTexture, AWindowIsTheCutOfALargerOneBitForBit) {
  AlbedoOptions options;
  const Grid<float> large = AlbedoTexture({-600, 600, 601, 601, 2}, options);
  const Grid<float> part = AlbedoTexture({-600 + 2 * 37, 600 - 2 * 255, 300, 300, 2}, options);
  int different = 0;
  for (int i = 0; i < 90000; ++i)
    different += part.At(i % 300, i / 300) != large.At(37 + i % 300, 255 + i / 300);
  EXPECT_EQ(different, 0);
}

TEST(AlbedoTexture, FreshCratersAreBright) {
  AlbedoOptions options;
  options.sigma = 0;
  const auto craters = CratersIn({-2000, 2000, -2000, 2000}, 60, 200, options.seed, options.craters);
  int fresh = 0;
  for (const SyntheticCrater& crater : craters) {
    const float at_centre = AlbedoTexture({crater.x_m, crater.y_m, 1, 1, 1}, options).data[0];
    EXPECT_GE(at_centre, 0.12F * 0.9999F);
    if (crater.degradation > 0.1) continue;
    ++fresh;
    EXPECT_GT(at_centre, 0.12 * 1.2);
  }
  EXPECT_GT(fresh, 0);
}

TEST(AlbedoTexture, RefusesNonsense) {
  AlbedoOptions options;
  options.mean = 0;
  EXPECT_THROW(AlbedoTexture({0, 0, 2, 2, 1}, options), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::dem
