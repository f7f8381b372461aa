#pragma once

#include <Eigen/Core>
#include <optional>
#include <string>
#include <vector>

namespace perilune::nav {

/// A position with its covariance, `site`.
struct PositionEstimate {
  Eigen::Vector3d position_m = Eigen::Vector3d::Zero();
  Eigen::Matrix3d covariance_m2 = Eigen::Matrix3d::Zero();
};

/// One sensor lies, with this probability over the time that the estimate rests on, and what the others say
/// without it. Without such an estimate (no estimator ran without that sensor, or none can), the fault cannot
/// be bounded.
struct FaultHypothesis {
  std::string sensor;
  double probability = 0;
  std::optional<PositionEstimate> without;
};

struct ProtectionLevelOptions {
  double risk = 1e-2;  ///< that the error exceeds the level, for the horizontal and the vertical one each
  /// Below this nothing was verified: levels are the Gaussian's tails, and labelled an extrapolation.
  double least_verified_risk = 1e-3;
  /// On the squared, normalised distance of a solution without a sensor from the one with it, dof 3: beyond
  /// it the sensor is named as suspicious.
  double separation_threshold = 21.108;

  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

/// How far the solution without a sensor lies from the one with all.
struct SolutionSeparation {
  std::string sensor;
  double horizontal_m = 0, vertical_m = 0;
  double normalised_square = 0;  ///< dᵀ (P_without − P_with)⁻¹ d
  bool suspicious = false;
};

enum class ProtectionStatus { kGiven, kNotGiven };

struct ProtectionLevel {
  ProtectionStatus status = ProtectionStatus::kNotGiven;
  std::string reason;  ///< why not
  double horizontal_m = 0, vertical_m = 0;
  bool extrapolated = false;
  std::vector<SolutionSeparation> separations;
};

/// Bounds on the horizontal and the vertical position error of `all`, exceeded with at most the stated risk
/// when at most one sensor lies: multiple-hypothesis solution separation (Blanch et al. 2015, with the
/// separation that is seen in place of its threshold). Under a hypothesis the solution without the liar is
/// honest, and the one with it errs by no more than that solution's error and the distance between the two:
///
///   Σᵢ pᵢ · P(|eᵢ| > level − dᵢ) = risk,   i = 0: nobody lies, d₀ = 0.
///
/// Probabilities of faults that cannot be bounded are taken off the risk; when they exceed it, and when a
/// covariance is not one, no level is given. Throws std::invalid_argument for bad options or a probability
/// outside [0, 1).
ProtectionLevel ComputeProtectionLevel(const PositionEstimate& all,
                                       const std::vector<FaultHypothesis>& faults,
                                       const ProtectionLevelOptions& options);

/// P(|e| > distance) of a Gaussian with these two variances, about its mean: the integral over the angle, to
/// about 1e-12 absolute for axes up to 1 : 30.
double HorizontalTail(const Eigen::Matrix2d& covariance_m2, double distance_m);
double VerticalTail(double variance_m2, double distance_m);

}  // namespace perilune::nav
