#pragma once

#include <Eigen/Core>

namespace perilune::dem {

/// M = left · diag(values) · rightᵀ of a 3 × 3 matrix: left and right orthonormal (of either handedness), the
/// values falling and not negative.
struct SingularValues {
  Eigen::Matrix3d left, right;
  Eigen::Vector3d values;
};

/// By two-sided Jacobi turns (Golub & Van Loan, 8.6): errors of a few ulp of the largest value. Compiled
/// once; named in a file, Eigen's decomposition costs five seconds of compile time.
SingularValues SingularValuesOf(const Eigen::Matrix3d& matrix);

}  // namespace perilune::dem
