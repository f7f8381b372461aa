#include "nav/landing/dispersion.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "dem/synthesis/random.h"

namespace perilune::nav {
namespace {

TEST(Disperse, ZeroCovarianceChangesNothing) {
  dem::Grid<float> p(5, 4, 0.25F);
  p.At(2, 1) = 1;
  EXPECT_EQ(Disperse(p, Eigen::Matrix2d::Zero()).data, p.data);
}

TEST(Disperse, OutsideAndMissingCountAsUnsafe) {
  dem::Grid<float> p(41, 41, 1.0F);
  const Eigen::Matrix2d covariance = Eigen::Matrix2d::Identity() * 9;
  const auto dispersed = Disperse(p, covariance);
  EXPECT_NEAR(dispersed.At(20, 20), 1, 1e-4);
  const double half = 0.5 * std::erfc(-0.5 / 3 / std::sqrt(2.0));  // the edge is half a cell out
  EXPECT_NEAR(dispersed.At(0, 20), half, 1e-4);
  EXPECT_NEAR(dispersed.At(0, 40), half * half, 1e-4);
  p.At(20, 20) = std::numeric_limits<float>::quiet_NaN();
  EXPECT_NEAR(Disperse(p, covariance).At(20, 20), 1 - std::pow(std::erf(0.5 / 3 / std::sqrt(2.0)), 2), 1e-4);
}

// A spike spreads into the Gaussian: its moments are the covariance, also when that is tilted.
TEST(Disperse, MomentsOfATiltedGaussian) {
  Eigen::Matrix2d covariance;
  covariance << 30, 14, 14, 20;
  dem::Grid<float> p(101, 101);
  p.At(50, 50) = 1;
  const auto spread = Disperse(p, covariance);
  double mass = 0;
  Eigen::Matrix2d second = Eigen::Matrix2d::Zero();
  for (int row = 0; row < 101; ++row) {
    for (int col = 0; col < 101; ++col) {
      const Eigen::Vector2d offset(col - 50, row - 50);
      mass += spread.At(col, row);
      second += spread.At(col, row) * offset * offset.transpose();
    }
  }
  EXPECT_NEAR(mass, 1, 1e-5);
  // Cells widen a Gaussian by 1/12 a axis, the shear's interpolation columns by at most 1/4; cutting at 4
  // sigma takes 0.1 %.
  EXPECT_NEAR(second(0, 0), 30, 0.5);
  EXPECT_NEAR(second(1, 1), 20, 0.15);
  EXPECT_NEAR(second(0, 1), 14, 0.15);
}

TEST(DistanceToUnsafe, EqualsTheBruteForceMinimum) {
  const int width = 37, height = 29;
  const double col_m = 0.5, row_m = 1.25;
  dem::Grid<std::uint8_t> safe(width, height, 1);
  for (std::uint64_t i = 0; i < 12; ++i) {
    safe.At(static_cast<int>(dem::RandomUniform(3, 1, i) * width),
            static_cast<int>(dem::RandomUniform(3, 2, i) * height)) = 0;
  }
  const auto distance = DistanceToUnsafe(safe, col_m, row_m);
  for (int row = 0; row < height; ++row) {
    for (int col = 0; col < width; ++col) {
      double nearest =
          std::min(std::min(col + 1, width - col) * col_m, std::min(row + 1, height - row) * row_m);
      for (int r = 0; r < height; ++r) {
        for (int c = 0; c < width; ++c) {
          if (!safe.At(c, r)) nearest = std::min(nearest, std::hypot((c - col) * col_m, (r - row) * row_m));
        }
      }
      EXPECT_NEAR(distance.At(col, row), nearest, 1e-5);
    }
  }
}

}  // namespace
}  // namespace perilune::nav
