#pragma once

#include <Eigen/Core>
#include <optional>

namespace perilune::dem {

// Solves with symmetric matrices of any size, compiled once: each fixed size of Eigen's factorisations costs
// seconds of compile time in every file that names it. They allocate: loops that run a thousand times a frame
// keep the fixed ones. All read the lower triangle, and throw std::invalid_argument where the sizes do not
// fit.

/// M⁻¹ b, by LDLᵀ with pivots.
Eigen::MatrixXd SolveSymmetric(const Eigen::Ref<const Eigen::MatrixXd>& symmetric,
                               const Eigen::Ref<const Eigen::MatrixXd>& right);

/// M⁻¹ of a positive definite matrix.
Eigen::MatrixXd InverseOfSymmetric(const Eigen::Ref<const Eigen::MatrixXd>& symmetric);

/// dᵀ C⁻¹ d: the squared Mahalanobis distance of an offset that has covariance C.
double SquaredMahalanobis(const Eigen::Ref<const Eigen::VectorXd>& offset,
                          const Eigen::Ref<const Eigen::MatrixXd>& covariance);

/// A P Aᵀ: the covariance of A x, of x with covariance P. All of P is read.
Eigen::MatrixXd Congruence(const Eigen::Ref<const Eigen::MatrixXd>& a,
                           const Eigen::Ref<const Eigen::MatrixXd>& covariance);

/// L of L Lᵀ = C, lower triangular with zeros above. Empty where C is not positive definite.
std::optional<Eigen::MatrixXd> CholeskyOf(const Eigen::Ref<const Eigen::MatrixXd>& covariance);

/// L⁻¹ b of a lower triangular L; what stands above its diagonal is not read.
Eigen::MatrixXd SolveLower(const Eigen::Ref<const Eigen::MatrixXd>& lower,
                           const Eigen::Ref<const Eigen::MatrixXd>& right);

/// L⁻¹ with L Lᵀ = C: makes offsets of covariance C ones of covariance 1. Empty where C is not positive
/// definite.
std::optional<Eigen::MatrixXd> WhiteningOf(const Eigen::Ref<const Eigen::MatrixXd>& covariance);

/// Whether a Cholesky factor exists.
bool IsPositiveDefinite(const Eigen::Ref<const Eigen::MatrixXd>& symmetric);

}  // namespace perilune::dem
