#include "nav/fix/fix.h"

#include <Eigen/Eigenvalues>
#include <cmath>

namespace perilune::nav {

std::string ToString(FixStatus status) {
  switch (status) {
    case FixStatus::kAccepted:
      return "accepted";
    case FixStatus::kWeak:
      return "weak";
    case FixStatus::kNoMap:
      return "no_map";
    case FixStatus::kTooFewMatches:
      return "too_few_matches";
    case FixStatus::kInconsistent:
      return "inconsistent";
  }
  return "unknown";
}

double Fix::HorizontalSigma_m() const {
  const Eigen::Matrix2d horizontal = covariance_map_relative.block<2, 2>(3, 3);
  return std::sqrt(Eigen::SelfAdjointEigenSolver<Eigen::Matrix2d>(horizontal).eigenvalues().maxCoeff());
}

}  // namespace perilune::nav
