#include "nav/estimation/protection_level.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <functional>
#include <stdexcept>

#include "dem/frames/moon.h"
#include "dem/linear/symmetric_eigen.h"
#include "dem/linear/symmetric_solve.h"

namespace perilune::nav {
namespace {

struct Hypothesis {
  double probability = 0;
  PositionEstimate estimate;
  double horizontal_m = 0, vertical_m = 0;  ///< from the solution with all sensors
};

bool IsCovariance(const Eigen::Matrix3d& covariance) {
  return covariance.allFinite() && dem::IsPositiveDefinite(covariance);
}

SolutionSeparation Separation(const PositionEstimate& all, const FaultHypothesis& fault, double threshold) {
  const Eigen::Vector3d d = fault.without->position_m - all.position_m;
  // Of an optimal estimator the difference has this covariance; rounding may leave it barely indefinite.
  const Eigen::Matrix3d spread = fault.without->covariance_m2 - all.covariance_m2;
  const Eigen::SelfAdjointEigenSolver<Eigen::Matrix3d> axes(spread);
  const double least = 1e-9 * fault.without->covariance_m2.trace();
  const Eigen::Vector3d along = axes.eigenvectors().transpose() * d;
  SolutionSeparation separation{fault.sensor, d.head<2>().norm(), std::abs(d.z()), 0, false};
  for (int i = 0; i < 3; ++i) {
    separation.normalised_square += along[i] * along[i] / std::max(least, axes.eigenvalues()[i]);
  }
  separation.suspicious = separation.normalised_square > threshold;
  return separation;
}

/// The distance at which a falling tail reaches `risk`, to 1e-12 of its bracket, from above.
double DistanceAt(double risk, double scale_m, const std::function<double(double)>& tail) {
  double high = scale_m;
  while (tail(high) > risk) high *= 2;
  double low = 0;
  for (int i = 0; i < 40; ++i) {
    const double middle = 0.5 * (low + high);
    (tail(middle) > risk ? low : high) = middle;
  }
  return high;
}

}  // namespace

void ProtectionLevelOptions::Validate() const {
  const auto require = [](bool good, const std::string& what) {
    if (!good) throw std::invalid_argument("protection level: " + what);
  };
  require(risk > 0 && risk < 1, "risk " + std::to_string(risk) + " must be between 0 and 1");
  require(least_verified_risk > 0, "least_verified_risk must be positive");
  require(separation_threshold > 0, "separation_threshold must be positive");
}

double HorizontalTail(const Eigen::Matrix2d& covariance_m2, double distance_m) {
  if (distance_m <= 0) return 1;
  const Eigen::Vector2d variance = dem::PrincipalAxesOf(covariance_m2).values.cwiseMax(0);
  // In the plane of the standardised error: beyond distance / s(φ) along each direction. A smooth periodic
  // integrand, alike in its four quarters: midpoints of equal steps converge faster than any power.
  constexpr int kSteps = 64;
  double sum = 0;
  for (int i = 0; i < kSteps; ++i) {
    const double c = std::cos(dem::kPi / 2 * (i + 0.5) / kSteps), square = c * c;
    const double s2 = variance[0] * square + variance[1] * (1 - square);
    if (s2 > 0) sum += std::exp(-distance_m * distance_m / (2 * s2));
  }
  return sum / kSteps;
}

double VerticalTail(double variance_m2, double distance_m) {
  if (distance_m <= 0) return 1;
  return variance_m2 > 0 ? std::erfc(distance_m / std::sqrt(2 * variance_m2)) : 0;
}

ProtectionLevel ComputeProtectionLevel(const PositionEstimate& all,
                                       const std::vector<FaultHypothesis>& faults,
                                       const ProtectionLevelOptions& options) {
  options.Validate();
  ProtectionLevel level;
  level.extrapolated = options.risk < options.least_verified_risk;
  if (!IsCovariance(all.covariance_m2) || !all.position_m.allFinite()) {
    level.reason = "the covariance of the position is not positive definite";
    return level;
  }
  std::vector<Hypothesis> hypotheses{{1, all, 0, 0}};
  double risk = options.risk;
  for (const FaultHypothesis& fault : faults) {
    if (!(fault.probability >= 0 && fault.probability < 1)) {
      throw std::invalid_argument("protection level: probability " + std::to_string(fault.probability) +
                                  " of a fault of " + fault.sensor + " must be in [0, 1)");
    }
    if (!fault.without || !IsCovariance(fault.without->covariance_m2)) {
      risk -= fault.probability;
      if (risk <= 0) {
        level.reason = "without " + fault.sensor + " there is no solution to compare with";
        return level;
      }
      continue;
    }
    level.separations.push_back(Separation(all, fault, options.separation_threshold));
    hypotheses.push_back({fault.probability, *fault.without, level.separations.back().horizontal_m,
                          level.separations.back().vertical_m});
  }
  const double scale_m = std::sqrt(all.covariance_m2.trace());
  level.horizontal_m = DistanceAt(risk, scale_m, [&](double distance_m) {
    double sum = 0;
    for (const Hypothesis& h : hypotheses) {
      sum += h.probability *
             HorizontalTail(h.estimate.covariance_m2.topLeftCorner<2, 2>(), distance_m - h.horizontal_m);
    }
    return sum;
  });
  level.vertical_m = DistanceAt(risk, scale_m, [&](double distance_m) {
    double sum = 0;
    for (const Hypothesis& h : hypotheses) {
      sum += h.probability * VerticalTail(h.estimate.covariance_m2(2, 2), distance_m - h.vertical_m);
    }
    return sum;
  });
  level.status = ProtectionStatus::kGiven;
  return level;
}

}  // namespace perilune::nav
