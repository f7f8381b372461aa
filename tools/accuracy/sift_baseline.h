#pragma once

#include <optional>

#include "tools/accuracy/trial_image.h"

namespace perilune::tools {

/// A pose without a covariance.
struct FeaturePose {
  Eigen::Isometry3d site_from_cam = Eigen::Isometry3d::Identity();
  int matches = 0, inliers = 0;
};

/// Baseline (b): OpenCV's SIFT on the image and on the map rendered at the prior pose under the image's Sun,
/// Lowe's ratio test at 0.8, and solvePnPRansac (AP3P, 3 px, 2000 iterations),
/// then solvePnPRefineLM from the prior on what agrees. Nothing with fewer than 12 inliers.
std::optional<FeaturePose> FindBySift(const TrialImage& image, const TrialGround& ground,
                                      const nav::PosePrior& prior);

}  // namespace perilune::tools
