#pragma once

#include <Eigen/Core>

namespace perilune::dem {

// Eigenvalues of symmetric matrices, compiled once: Eigen's own solver costs five seconds of compile time for
// every size in every file that names it.

/// Eigenvalues in rising order, with their unit eigenvectors in the columns.
struct PrincipalAxes {
  Eigen::Vector2d values = Eigen::Vector2d::Zero();
  Eigen::Matrix2d axes = Eigen::Matrix2d::Identity();

  /// The matrix with these axes and other eigenvalues: a root, an inverse, any function of the first one.
  Eigen::Matrix2d With(const Eigen::Vector2d& other_values) const;
};

/// Of a symmetric 2 × 2 matrix; its upper right entry is not read. In closed form: the eigenvalue of larger
/// magnitude from half trace and half difference, the other as determinant / that one, with the determinant
/// free of cancellation (Kahan's difference of products): each is good to a few ulp of itself, however long
/// the ellipse. Eigenvalues of 0 or of anything that is not finite give the axes of the coordinates, the
/// latter with values of NaN.
PrincipalAxes PrincipalAxesOf(const Eigen::Matrix2d& symmetric);

/// √ of the larger eigenvalue of a covariance: 1 sigma along the direction that is known worst, in the root
/// of its unit.
double LargestSigma(const Eigen::Matrix2d& covariance);

/// Eigenvalues in rising order, with their unit eigenvectors in the columns, of any size.
struct SymmetricEigen {
  Eigen::VectorXd values;
  Eigen::MatrixXd vectors;
};

/// Reads the lower triangle. By tridiagonalisation and implicit QR (Golub & Van Loan, 8.3): errors of a few
/// ulp of the largest eigenvalue's magnitude. Throws std::invalid_argument for a matrix that is not square,
/// or that does not converge, which only entries that are not finite do.
SymmetricEigen EigenOfSymmetric(const Eigen::Ref<const Eigen::MatrixXd>& symmetric);

}  // namespace perilune::dem
