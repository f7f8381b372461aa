#include "dem/linear/singular_values.h"

#include <gtest/gtest.h>

#include <cmath>

namespace perilune::dem {
namespace {

TEST(SingularValues, OfAMatrixSolvedByHand) {
  // x to −2 y, y to 3 z, z to x: three directions go to three, by 2, 3 and 1.
  Eigen::Matrix3d matrix;
  matrix << 0, 0, 1, -2, 0, 0, 0, 3, 0;
  const SingularValues got = SingularValuesOf(matrix);
  EXPECT_TRUE(got.values.isApprox(Eigen::Vector3d(3, 2, 1), 1e-15));
  EXPECT_TRUE((got.left * got.values.asDiagonal() * got.right.transpose()).isApprox(matrix, 1e-15));
  EXPECT_TRUE((got.left.transpose() * got.left).isIdentity(1e-15));
  EXPECT_TRUE((got.right.transpose() * got.right).isIdentity(1e-15));
  EXPECT_NEAR(std::abs(got.right(1, 0)), 1, 1e-15) << "the largest is y's";
}

}  // namespace
}  // namespace perilune::dem
