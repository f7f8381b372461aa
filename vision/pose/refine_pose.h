#pragma once

#include <Eigen/Geometry>
#include <optional>
#include <vector>

#include "dem/frames/pose.h"
#include "vision/camera/camera.h"
#include "vision/matching/match.h"

namespace perilune::vision {

/// What is known of a pose before the image: a Gaussian in δ about `site_from_cam`, as an information matrix
/// so that unknown directions are rows of zeros.
struct PosePriorFactor {
  Eigen::Isometry3d site_from_cam = Eigen::Isometry3d::Identity();
  dem::Matrix6d information = dem::Matrix6d::Zero();
};

struct RefineOptions {
  double huber_sigma =
      2.0;  ///< Huber's threshold on the whitened residual: 86 % of good ones lie below it in 2-D
  int max_iterations = 30;
  void Validate() const;
};

struct RefinedPose {
  bool usable = false;  ///< the solver did not fail
  Eigen::Isometry3d site_from_cam = Eigen::Isometry3d::Identity();
  std::vector<double> weight;  ///< Huber's weight of each used match at the solution, (0, 1]
  double chi2 = 0;             ///< Σ rᵀ Σ⁻¹ r over the used matches, without the loss
};

/// The pose that best explains the matches (indices `use`), each weighted by its own covariance, with Huber's
/// loss and an optional prior. Ceres, one thread, our own manifold, analytic Jacobians. Without a prior it
/// needs 3 matches.
RefinedPose RefinePose(const std::vector<Match>& matches, const std::vector<int>& use, const Camera& camera,
                       const Eigen::Isometry3d& start, const std::optional<PosePriorFactor>& prior,
                       const RefineOptions& options = {});

}  // namespace perilune::vision
