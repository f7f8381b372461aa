#include "dem/linear/singular_values.h"

#include <Eigen/SVD>

namespace perilune::dem {

SingularValues SingularValuesOf(const Eigen::Matrix3d& matrix) {
  const Eigen::JacobiSVD<Eigen::Matrix3d> svd(matrix, Eigen::ComputeFullU | Eigen::ComputeFullV);
  return {svd.matrixU(), svd.matrixV(), svd.singularValues()};
}

}  // namespace perilune::dem
