#include "nav/landing/dispersion.h"

#include <gtest/gtest.h>

#include <Eigen/LU>

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
  // Cells widen a Gaussian by 1/12 an axis, the shear's interpolation the axis of the smaller variance by at
  // most 1/4.
  EXPECT_NEAR(second(0, 0), 30, 0.15);
  EXPECT_NEAR(second(1, 1), 20, 0.5);
  EXPECT_NEAR(second(0, 1), 14, 0.15);
}

/// Share of N(0, covariance) in the square of side 1 around an offset, by 16 × 16 midpoints.
double MassOfCell(const Eigen::Vector2d& offset, const Eigen::Matrix2d& covariance) {
  const Eigen::Matrix2d information = covariance.inverse();
  double sum = 0;
  for (int i = 0; i < 16; ++i) {
    for (int j = 0; j < 16; ++j) {
      const Eigen::Vector2d at = offset + Eigen::Vector2d((i - 7.5) / 16, (j - 7.5) / 16);
      sum += std::exp(-0.5 * at.dot(information * at));
    }
  }
  return sum / 256 / (2 * M_PI * std::sqrt(covariance.determinant()));
}

// Border and unknown cells included; from less than a cell to more than the map; any orientation. What the
// sum over all cells gives, to 1e-4 along the axes (the cut), and where the covariance is tilted to what its
// widening by at most 1/4 cell² explains.
TEST(Disperse, EqualsTheSumOverAllCells) {
  const int width = 31, height = 23;
  dem::Grid<float> p(width, height);
  for (std::size_t i = 0; i < p.data.size(); ++i) {
    p.data[i] = static_cast<float>(dem::RandomUniform(4, 1, i));
    if (dem::RandomUniform(4, 2, i) < 0.1) p.data[i] = std::numeric_limits<float>::quiet_NaN();
  }
  struct Case {
    double col_sigma, row_sigma, correlation, tolerance;
  };
  for (const Case& c :
       {Case{0.7, 0.7, 0, 1e-4}, Case{3, 1.5, 0, 1e-4}, Case{60, 80, 0, 1e-4}, Case{400, 2, 0, 1e-4},
        Case{3, 3, 0.7, 0.02}, Case{9, 2, 0.8, 0.02}, Case{2, 9, -0.8, 0.02}, Case{20, 15, 0.95, 0.01}}) {
    Eigen::Matrix2d covariance;
    const double cross = c.correlation * c.col_sigma * c.row_sigma;
    covariance << c.col_sigma * c.col_sigma, cross, cross, c.row_sigma * c.row_sigma;
    const auto dispersed = Disperse(p, covariance);
    for (const Eigen::Vector2i& at : {Eigen::Vector2i(15, 11), {0, 0}, {30, 0}, {0, 12}, {17, 22}, {1, 1}}) {
      double sum = 0;
      for (int row = 0; row < height; ++row) {
        for (int col = 0; col < width; ++col) {
          if (std::isnan(p.At(col, row))) continue;
          sum += p.At(col, row) * MassOfCell(Eigen::Vector2d(col - at.x(), row - at.y()), covariance);
        }
      }
      EXPECT_NEAR(dispersed.At(at.x(), at.y()), sum, c.tolerance)
          << c.col_sigma << " " << c.row_sigma << " " << c.correlation << " at " << at.transpose();
    }
  }
}

TEST(Disperse, SlimAndTilted) {
  // All of the touchdowns on one diagonal line: the map's safe diagonal band takes them.
  dem::Grid<float> p(101, 101);
  for (int row = 0; row < 101; ++row) {
    for (int col = 0; col < 101; ++col) p.At(col, row) = std::abs(col - row) <= 4 ? 1.0F : 0.0F;
  }
  Eigen::Matrix2d covariance;
  covariance << 100, 99.9, 99.9, 100;  // 0.22 cells across the line
  EXPECT_NEAR(Disperse(p, covariance).At(50, 50), 1, 1e-5);
  covariance << 100, -99.9, -99.9, 100;  // across the band of 4.5/√2 cells each way
  EXPECT_NEAR(Disperse(p, covariance).At(50, 50), std::erf(4.5 / 2 / std::sqrt(199.9)), 0.02);
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
