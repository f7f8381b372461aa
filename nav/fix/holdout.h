#pragma once

#include <optional>
#include <vector>

#include "vision/camera/camera.h"
#include "vision/matching/match.h"
#include "vision/pose/refine_pose.h"

namespace perilune::nav {

struct HoldoutOptions {
  int folds = 5;
  int blocks_across =
      5;  ///< the image is cut into this many blocks squared; a fold holds every folds-th of them
};

/// Held-out residual, √(mean |r|²) in px: cross-validation over spatial blocks. For each fold the pose is
/// refined from the inliers that do not overlap its blocks, and the residuals of the matches inside them are
/// counted when below the gate. NaN when no fold could be solved.
double HoldoutRms_px(const std::vector<vision::Match>& matches, const vision::Camera& camera,
                     const Eigen::Isometry3d& site_from_cam,
                     const std::optional<vision::PosePriorFactor>& prior, double gate_px,
                     const vision::RefineOptions& refine, const HoldoutOptions& options = {});

}  // namespace perilune::nav
