#include "dem/linear/symmetric_solve.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

namespace perilune::dem {
namespace {

using Eigen::MatrixXd;

/// (4, 2; 2, 5) = L Lᵀ with L = (2, 0; 1, 2); determinant 16. Above the diagonal: not read.
Eigen::Matrix2d ByHand() { return (Eigen::Matrix2d() << 4, 99, 2, 5).finished(); }

TEST(SymmetricSolve, OfAMatrixSolvedByHand) {
  // (4, 2; 2, 5) (1, 2) = (8, 12).
  EXPECT_TRUE(SolveSymmetric(ByHand(), Eigen::Vector2d(8, 12)).isApprox(Eigen::Vector2d(1, 2), 1e-15));
  const Eigen::Matrix2d inverse = (Eigen::Matrix2d() << 5, -2, -2, 4).finished() / 16;
  EXPECT_TRUE(InverseOfSymmetric(ByHand()).isApprox(inverse, 1e-15));
}

TEST(SymmetricSolve, MeasuresInSigmas) {
  // L⁻¹ (2, 5) = (1, 2): five.
  EXPECT_NEAR(SquaredMahalanobis(Eigen::Vector2d(2, 5), ByHand()), 5, 1e-14);
  EXPECT_DOUBLE_EQ(
      SquaredMahalanobis(Eigen::Vector3d(1, 2, 3), Eigen::Vector3d(1, 4, 9).asDiagonal().toDenseMatrix()), 3);
}

TEST(SymmetricSolve, CarriesACovariance) {
  // The sum of two numbers with variances 4 and 5 and covariance 2: 4 + 5 + 2 · 2.
  const Eigen::Matrix2d covariance = (Eigen::Matrix2d() << 4, 2, 2, 5).finished();
  EXPECT_EQ(Congruence(Eigen::RowVector2d(1, 1), covariance), MatrixXd::Constant(1, 1, 13));
  // Sum and first: covariance of x + y with x is 4 + 2.
  const Eigen::Matrix2d a = (Eigen::Matrix2d() << 1, 1, 1, 0).finished();
  EXPECT_EQ(Congruence(a, covariance), (Eigen::Matrix2d() << 13, 6, 6, 4).finished());
  EXPECT_THROW(Congruence(Eigen::RowVector3d(1, 1, 1), covariance), std::invalid_argument);
}

TEST(SymmetricSolve, FactorsIntoLowerTriangles) {
  const auto lower = CholeskyOf(ByHand());
  ASSERT_TRUE(lower);
  EXPECT_EQ(*lower, (Eigen::Matrix2d() << 2, 0, 1, 2).finished());
  EXPECT_EQ(SolveLower(*lower, Eigen::Vector2d(2, 5)), Eigen::Vector2d(1, 2));
  EXPECT_EQ(SolveLower(ByHand(), Eigen::Vector2d(8, 14)), Eigen::Vector2d(2, 2)) << "4 x = 8, 2 x + 5 y = 14";
  EXPECT_THROW(SolveLower(*lower, Eigen::Vector3d(1, 2, 3)), std::invalid_argument);
}

TEST(SymmetricSolve, Whitens) {
  const auto whitening = WhiteningOf(ByHand());
  ASSERT_TRUE(whitening);
  const Eigen::Matrix2d inverse_lower = (Eigen::Matrix2d() << 0.5, 0, -0.25, 0.5).finished();
  EXPECT_TRUE(whitening->isApprox(inverse_lower, 1e-15));
  EXPECT_EQ((*whitening)(0, 1), 0);
}

TEST(SymmetricSolve, TakesABlockOfAnother) {
  Eigen::Matrix4d outer = Eigen::Matrix4d::Constant(7);
  outer.block<2, 2>(1, 1) = ByHand();
  EXPECT_TRUE(
      SolveSymmetric(outer.block<2, 2>(1, 1), Eigen::Vector2d(8, 12)).isApprox(Eigen::Vector2d(1, 2), 1e-15));
}

TEST(SymmetricSolve, TellsWhatIsNotPositiveDefinite) {
  EXPECT_TRUE(IsPositiveDefinite(ByHand()));
  const Eigen::Matrix2d indefinite = (Eigen::Matrix2d() << 1, 2, 2, 1).finished();  // determinant −3
  EXPECT_FALSE(IsPositiveDefinite(indefinite));
  EXPECT_FALSE(WhiteningOf(indefinite));
  EXPECT_FALSE(IsPositiveDefinite(Eigen::Matrix2d::Zero()));
}

TEST(SymmetricSolve, RefusesSizesThatDoNotFit) {
  EXPECT_THROW(SolveSymmetric(MatrixXd::Zero(2, 3), Eigen::Vector2d(0, 0)), std::invalid_argument);
  EXPECT_THROW(SquaredMahalanobis(Eigen::Vector3d(0, 0, 0), ByHand()), std::invalid_argument);
  EXPECT_THROW(WhiteningOf(MatrixXd::Zero(2, 3)), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::dem
