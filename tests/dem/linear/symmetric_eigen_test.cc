#include "dem/linear/symmetric_eigen.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

namespace perilune::dem {
namespace {

using Eigen::Matrix2d;
using Eigen::Vector2d;

constexpr double kUlp = std::numeric_limits<double>::epsilon();

Matrix2d Symmetric(double xx, double yy, double xy) { return (Matrix2d() << xx, xy, xy, yy).finished(); }

void ExpectValues(const PrincipalAxes& got, double low, double high) {
  EXPECT_NEAR(got.values[0], low, 4 * kUlp * std::abs(low));
  EXPECT_NEAR(got.values[1], high, 4 * kUlp * std::abs(high));
}

/// `major`: along the larger eigenvalue, up to its sign; the axes are a rotation or reflection.
void ExpectAxes(const PrincipalAxes& got, Vector2d major) {
  major.normalize();
  const double sign = got.axes.col(1).dot(major) < 0 ? -1 : 1;
  EXPECT_NEAR((sign * got.axes.col(1) - major).norm(), 0, 4 * kUlp);
  EXPECT_NEAR(std::abs(got.axes.col(0).x() * major.y() - got.axes.col(0).y() * major.x()), 1, 4 * kUlp);
  EXPECT_NEAR(got.axes.col(0).dot(major), 0, 4 * kUlp);
}

TEST(PrincipalAxes, OfMatricesSolvedByHand) {
  // (2, 1; 1, 2): sum and difference of the coordinates, 3 and 1.
  ExpectValues(PrincipalAxesOf(Symmetric(2, 2, 1)), 1, 3);
  ExpectAxes(PrincipalAxesOf(Symmetric(2, 2, 1)), {1, 1});
  ExpectAxes(PrincipalAxesOf(Symmetric(2, 2, -1)), {1, -1});
  // Trace 7, determinant 6; (M − 6) v = 0 for v = (2, 1).
  ExpectValues(PrincipalAxesOf(Symmetric(5, 2, 2)), 1, 6);
  ExpectAxes(PrincipalAxesOf(Symmetric(5, 2, 2)), {2, 1});
  ExpectAxes(PrincipalAxesOf(Symmetric(2, 5, 2)), {1, 2});
  ExpectAxes(PrincipalAxesOf(Symmetric(2, 5, -2)), {-1, 2});
  // Diagonal: nothing to turn.
  ExpectValues(PrincipalAxesOf(Symmetric(9, 4, 0)), 4, 9);
  ExpectAxes(PrincipalAxesOf(Symmetric(9, 4, 0)), {1, 0});
  ExpectAxes(PrincipalAxesOf(Symmetric(4, 9, 0)), {0, 1});
}

TEST(PrincipalAxes, OfACircleAreTheCoordinates) {
  const PrincipalAxes circle = PrincipalAxesOf(Symmetric(7, 7, 0));
  EXPECT_EQ(circle.values, Vector2d(7, 7));
  EXPECT_EQ(circle.axes, Matrix2d::Identity());
  EXPECT_EQ(PrincipalAxesOf(Matrix2d::Zero()).values, Vector2d(0, 0));
  // One part in 2⁵⁰ off a circle still has its axes: along the diagonal.
  const double part = std::ldexp(1, -50);
  const PrincipalAxes nearly = PrincipalAxesOf(Symmetric(1, 1, part));
  EXPECT_EQ(nearly.values, Vector2d(1 - part, 1 + part));
  ExpectAxes(nearly, {1, 1});
}

TEST(PrincipalAxes, OfRankOne) {
  // v vᵀ of v = (3, 4): 25 along v, exactly nothing across it.
  const PrincipalAxes line = PrincipalAxesOf(Symmetric(9, 16, 12));
  EXPECT_EQ(line.values, Vector2d(0, 25));
  ExpectAxes(line, {3, 4});
}

TEST(PrincipalAxes, OfNegativeAndIndefiniteMatrices) {
  ExpectValues(PrincipalAxesOf(Symmetric(-2, -2, 1)), -3, -1);
  ExpectAxes(PrincipalAxesOf(Symmetric(-2, -2, 1)), {1, 1});
  ExpectValues(PrincipalAxesOf(Symmetric(1, -1, 0)), -1, 1);
  // Trace 0, determinant −25.
  ExpectValues(PrincipalAxesOf(Symmetric(3, -3, 4)), -5, 5);
  ExpectAxes(PrincipalAxesOf(Symmetric(3, -3, 4)), {2, 1});
}

TEST(PrincipalAxes, KeepTheShortAxisOfALongEllipse) {
  // (1 + 2ε', 1; 1, 1) with ε' = 2⁻⁵¹: the determinant is 2ε' exactly, the trace 2 + 2ε', so the eigenvalues
  // are 2 + ε' + … and ε' (1 − ε'/2 …). Half trace less half difference would leave no correct digit.
  const double e = std::ldexp(1, -51);
  ExpectValues(PrincipalAxesOf(Symmetric(1 + 2 * e, 1, 1)), e, 2 + e);
}

TEST(PrincipalAxes, OfAnyScale) {
  for (const int exponent : {-1060, -600, 0, 600, 1020}) {
    const double scale = std::ldexp(1, exponent);
    const PrincipalAxes got = PrincipalAxesOf(scale * Symmetric(5, 2, 2));
    ExpectValues(got, scale, 6 * scale);
    ExpectAxes(got, {2, 1});
  }
  // Axes of 1e-150 and 1e150: neither lost, nor turned.
  ExpectValues(PrincipalAxesOf(Symmetric(1e-150, 1e150, 0)), 1e-150, 1e150);
}

TEST(PrincipalAxes, OfWhatIsNotFiniteAreNotNumbers) {
  for (const double bad :
       {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_TRUE(PrincipalAxesOf(Symmetric(1, bad, 0)).values.array().isNaN().all());
    EXPECT_TRUE(PrincipalAxesOf(Symmetric(1, 1, bad)).values.array().isNaN().all());
    EXPECT_TRUE(std::isnan(LargestSigma(Symmetric(bad, 1, 0))));
  }
}

TEST(PrincipalAxes, RebuildTheMatrixAndItsFunctions) {
  const PrincipalAxes axes = PrincipalAxesOf(Symmetric(5, 2, 2));
  EXPECT_TRUE(axes.With(axes.values).isApprox(Symmetric(5, 2, 2), 4 * kUlp));
  // The inverse, by hand: (2, −2; −2, 5) / 6.
  EXPECT_TRUE(axes.With(axes.values.cwiseInverse()).isApprox(Symmetric(2, 5, -2) / 6, 4 * kUlp));
  const Matrix2d root = axes.With(axes.values.cwiseSqrt());
  EXPECT_TRUE((root * root).isApprox(Symmetric(5, 2, 2), 8 * kUlp));
}

/// Entries and turn from a random ellipse whose axes differ by up to 1e12: what a rotation makes of it goes
/// back.
TEST(PrincipalAxes, AreFoundWhateverTheTurnAndLength) {
  for (int i = 0; i < 2000; ++i) {
    const double angle = 7.0 * static_cast<double>(i), ratio = std::pow(10.0, -static_cast<double>(i % 13));
    const double c = std::cos(angle), s = std::sin(angle);
    const Matrix2d m = Symmetric(c * c + ratio * s * s, s * s + ratio * c * c, (1 - ratio) * s * c);
    const PrincipalAxes got = PrincipalAxesOf(m);
    EXPECT_NEAR(got.values[1], 1, 8 * kUlp);
    EXPECT_NEAR(got.values[0], ratio, 8 * kUlp) << "to the rounding of the entries";
    EXPECT_TRUE((got.axes.transpose() * got.axes).isIdentity(8 * kUlp));
    EXPECT_NEAR((m * got.axes - got.axes * got.values.asDiagonal()).norm(), 0, 8 * kUlp);
  }
}

TEST(LargestSigma, IsTheRootOfTheLargerEigenvalue) {
  EXPECT_DOUBLE_EQ(LargestSigma(Symmetric(9, 4, 0)), 3);
  EXPECT_DOUBLE_EQ(LargestSigma(Symmetric(9, 16, 12)), 5);
}

TEST(SymmetricEigen, OfAMatrixSolvedByHand) {
  // The chain (2, −1; −1, 2, −1; −1, 2): 2 − √2, 2, 2 + √2, the middle one along (1, 0, −1). Above the
  // diagonal: not read.
  Eigen::Matrix3d chain;
  chain << 2, 99, 99, -1, 2, 99, 0, -1, 2;
  const SymmetricEigen got = EigenOfSymmetric(chain);
  constexpr double kFew = 16 * kUlp;  // of eigenvalues up to 3.4
  EXPECT_NEAR(got.values[0], 2 - std::sqrt(2.0), kFew);
  EXPECT_NEAR(got.values[1], 2, kFew);
  EXPECT_NEAR(got.values[2], 2 + std::sqrt(2.0), kFew);
  EXPECT_NEAR(std::abs(got.vectors.col(1).dot(Eigen::Vector3d(1, 0, -1))), std::sqrt(2.0), kFew);
}

TEST(SymmetricEigen, RefusesWhatHasNone) {
  EXPECT_THROW(EigenOfSymmetric(Eigen::MatrixXd::Zero(2, 3)), std::invalid_argument);
}

}  // namespace
}  // namespace perilune::dem
