#include "nav/fix/fix.h"

#include "dem/linear/symmetric_eigen.h"
#include "dem/linear/symmetric_solve.h"

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

double AttitudeOffset::Nis() const { return dem::SquaredMahalanobis(offset_rad, covariance_rad2); }

double Fix::HorizontalSigma_m() const { return dem::LargestSigma(covariance_map_relative.block<2, 2>(3, 3)); }

}  // namespace perilune::nav
