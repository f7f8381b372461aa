#include "dem/hazard/layer_kernel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "dem/frames/moon.h"
#include "dem/synthesis/random.h"
#include "dem/terrain/simd_level.h"

namespace perilune::dem {
namespace {

constexpr float kNothing = std::numeric_limits<float>::quiet_NaN();

class LayerKernelTest : public testing::TestWithParam<SimdLevel> {
 protected:
  const LayerKernel& kernel() const {
    return ForLevel(GetParam(), kLayerKernelSse2, kLayerKernelAvx2, kLayerKernelAvx512);
  }
};

TEST_P(LayerKernelTest, AnglesAreArctangents) {
  std::vector<float> tangents = {
      0, 1e-30F, 0.41421F, 0.41422F, 1, 2.41421F, 2.41422F, 1e20F, std::numeric_limits<float>::infinity()};
  for (std::uint64_t i = 0; i < 100'000; ++i)
    tangents.push_back(static_cast<float>(std::pow(10, 8 * RandomUniform(1, 2, i) - 4)));
  std::vector<float> angles(tangents.size());
  kernel().angle(tangents.data(), static_cast<std::int32_t>(tangents.size()), angles.data());
  for (std::size_t i = 0; i < tangents.size(); ++i) {
    const double exact = std::atan(static_cast<double>(tangents[i]));
    EXPECT_NEAR(angles[i], exact, 2 * std::numeric_limits<float>::epsilon() * exact) << tangents[i];
  }
  float angle = 0;
  kernel().angle(&kNothing, 1, &angle);
  EXPECT_TRUE(std::isnan(angle));
}

TEST_P(LayerKernelTest, StepsAreTheLargestToANeighbour) {
  constexpr int kCount = 37;
  std::vector<std::vector<float>> rows(3, std::vector<float>(kCount + 2));
  for (std::size_t r = 0; r < 3; ++r) {
    for (std::size_t c = 0; c < rows[r].size(); ++c)
      rows[r][c] = static_cast<float>(100 * RandomUniform(3, r, c));
  }
  rows[2][11] = kNothing;
  std::vector<float> steps(kCount);
  kernel().step(&rows[0][1], &rows[1][1], &rows[2][1], kCount, steps.data());
  for (std::size_t c = 1; c <= kCount; ++c) {
    float most = 0;
    for (std::size_t r = 0; r < 3; ++r) {
      for (std::size_t k = c - 1; k <= c + 1; ++k) most = std::max(most, std::abs(rows[r][k] - rows[1][c]));
    }
    if (c >= 10 && c <= 12) {
      EXPECT_TRUE(std::isnan(steps[c - 1])) << c;
    } else {
      EXPECT_EQ(steps[c - 1], most) << c;
    }
  }
}

TEST_P(LayerKernelTest, GradientsAreOfTheCellsOwnScale) {
  // Cells of 2 m by 4 m that narrow along the row, at the sphere and 10 km above it.
  const InverseMetricLine line{0.25, 0, 0.0625, 0.01, 0.002, 0, kMoonRadius_m};
  const std::vector<float> mean = {0, 10'000, 0, 0}, per_col = {1, 1, -3, kNothing}, per_row = {0, 2, 1, 1};
  std::vector<float> gradient(4);
  kernel().gradient(line, mean.data(), per_col.data(), per_row.data(), 4, gradient.data());
  EXPECT_FLOAT_EQ(gradient[0], 0.5F);
  EXPECT_FLOAT_EQ(gradient[1],
                  static_cast<float>(std::sqrt(0.26 + 4 * 0.002 + 0.25) / (1 + 10'000 / kMoonRadius_m)));
  EXPECT_FLOAT_EQ(gradient[2], static_cast<float>(std::sqrt(9 * 0.27 - 6 * 0.004 + 0.0625)));
  EXPECT_TRUE(std::isnan(gradient[3]));
}

INSTANTIATE_TEST_SUITE_P(Levels, LayerKernelTest, testing::ValuesIn(AvailableSimdLevels()));

}  // namespace
}  // namespace perilune::dem
