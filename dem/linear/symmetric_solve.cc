#include "dem/linear/symmetric_solve.h"

#include <Eigen/Cholesky>
#include <stdexcept>
#include <string>

namespace perilune::dem {
namespace {

void RequireSquare(const Eigen::Ref<const Eigen::MatrixXd>& symmetric, Eigen::Index right_rows) {
  if (symmetric.rows() == symmetric.cols() && symmetric.rows() == right_rows) return;
  throw std::invalid_argument("symmetric matrix: " + std::to_string(symmetric.rows()) + " rows, " +
                              std::to_string(symmetric.cols()) +
                              " columns; right side: " + std::to_string(right_rows) + " rows");
}

}  // namespace

Eigen::MatrixXd SolveSymmetric(const Eigen::Ref<const Eigen::MatrixXd>& symmetric,
                               const Eigen::Ref<const Eigen::MatrixXd>& right) {
  RequireSquare(symmetric, right.rows());
  return Eigen::LDLT<Eigen::MatrixXd>(symmetric).solve(right);
}

Eigen::MatrixXd InverseOfSymmetric(const Eigen::Ref<const Eigen::MatrixXd>& symmetric) {
  return SolveSymmetric(symmetric, Eigen::MatrixXd::Identity(symmetric.rows(), symmetric.rows()));
}

double SquaredMahalanobis(const Eigen::Ref<const Eigen::VectorXd>& offset,
                          const Eigen::Ref<const Eigen::MatrixXd>& covariance) {
  const Eigen::MatrixXd solved = SolveSymmetric(covariance, offset);
  return offset.dot(solved.col(0));
}

Eigen::MatrixXd Congruence(const Eigen::Ref<const Eigen::MatrixXd>& a,
                           const Eigen::Ref<const Eigen::MatrixXd>& covariance) {
  RequireSquare(covariance, a.cols());
  const Eigen::MatrixXd half = a * covariance;
  return half * a.transpose();
}

std::optional<Eigen::MatrixXd> CholeskyOf(const Eigen::Ref<const Eigen::MatrixXd>& covariance) {
  RequireSquare(covariance, covariance.rows());
  const Eigen::LLT<Eigen::MatrixXd> factor(covariance);
  if (factor.info() != Eigen::Success) return std::nullopt;
  return Eigen::MatrixXd(factor.matrixL());
}

Eigen::MatrixXd SolveLower(const Eigen::Ref<const Eigen::MatrixXd>& lower,
                           const Eigen::Ref<const Eigen::MatrixXd>& right) {
  RequireSquare(lower, right.rows());
  Eigen::MatrixXd solved = right;
  lower.triangularView<Eigen::Lower>().solveInPlace(solved);
  return solved;
}

std::optional<Eigen::MatrixXd> WhiteningOf(const Eigen::Ref<const Eigen::MatrixXd>& covariance) {
  const auto lower = CholeskyOf(covariance);
  if (!lower) return std::nullopt;
  return SolveLower(*lower, Eigen::MatrixXd::Identity(lower->rows(), lower->cols()));
}

bool IsPositiveDefinite(const Eigen::Ref<const Eigen::MatrixXd>& symmetric) {
  return CholeskyOf(symmetric).has_value();
}

}  // namespace perilune::dem
