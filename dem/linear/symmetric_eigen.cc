#include "dem/linear/symmetric_eigen.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

namespace perilune::dem {
namespace {

/// a b − c d to two ulp (Kahan; Jeannerod, Louvet & Muller 2013).
double DifferenceOfProducts(double a, double b, double c, double d) {
  const double product = c * d;
  return std::fma(a, b, -product) - std::fma(c, d, -product);
}

}  // namespace

Eigen::Matrix2d PrincipalAxes::With(const Eigen::Vector2d& other_values) const {
  const double c = axes(0, 0), s = axes(1, 0), c1 = axes(0, 1), s1 = axes(1, 1);
  Eigen::Matrix2d result;
  result(0, 0) = c * c * other_values[0] + c1 * c1 * other_values[1];
  result(1, 1) = s * s * other_values[0] + s1 * s1 * other_values[1];
  result(1, 0) = result(0, 1) = c * s * other_values[0] + c1 * s1 * other_values[1];
  return result;
}

PrincipalAxes PrincipalAxesOf(const Eigen::Matrix2d& symmetric) {
  PrincipalAxes result;
  const double largest =
      std::max({std::abs(symmetric(0, 0)), std::abs(symmetric(1, 1)), std::abs(symmetric(1, 0))});
  if (!std::isfinite(symmetric(0, 0)) || !std::isfinite(symmetric(1, 1)) || !std::isfinite(symmetric(1, 0))) {
    result.values.setConstant(std::numeric_limits<double>::quiet_NaN());
    return result;
  }
  if (largest == 0) return result;
  // By a power of two, which is exact: no product over- or underflows.
  const int exponent = std::ilogb(largest);
  const double xx = std::scalbn(symmetric(0, 0), -exponent), yy = std::scalbn(symmetric(1, 1), -exponent),
               xy = std::scalbn(symmetric(1, 0), -exponent);
  const double middle = 0.5 * (xx + yy), difference = 0.5 * (xx - yy);
  const double half = std::hypot(difference, xy);
  const double far = middle < 0 ? middle - half : middle + half;
  const double near = half == 0 ? far : DifferenceOfProducts(xx, yy, xy, xy) / far;
  result.values << std::scalbn(std::min(far, near), exponent), std::scalbn(std::max(far, near), exponent);
  if (half == 0) return result;

  // Of the larger eigenvalue, by half the angle of (difference, xy), from whichever of cosine and sine is not
  // small.
  double cosine = std::sqrt(0.5 * (1 + std::abs(difference) / half));
  double sine = xy / (2 * half * cosine);
  if (difference < 0) {
    std::swap(cosine, sine);
    if (cosine < 0) cosine = -cosine, sine = -sine;
  }
  result.axes << -sine, cosine, cosine, sine;
  return result;
}

double LargestSigma(const Eigen::Matrix2d& covariance) {
  return std::sqrt(PrincipalAxesOf(covariance).values[1]);
}

SymmetricEigen EigenOfSymmetric(const Eigen::Ref<const Eigen::MatrixXd>& symmetric) {
  if (symmetric.rows() != symmetric.cols()) {
    throw std::invalid_argument("symmetric matrix: " + std::to_string(symmetric.rows()) + " rows, " +
                                std::to_string(symmetric.cols()) + " columns");
  }
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(symmetric);
  if (solver.info() != Eigen::Success) {
    throw std::invalid_argument("symmetric matrix: no eigenvalues; are all entries finite?");
  }
  return {solver.eigenvalues(), solver.eigenvectors()};
}

}  // namespace perilune::dem
