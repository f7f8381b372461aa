#pragma once

#include <optional>
#include <vector>

#include "nav/fix/fix_covariance.h"
#include "vision/pose/refine_pose.h"

namespace perilune::nav {

/// How far apart two poses are that each come from half of the inliers: the fields of a chessboard of 4 × 4
/// over the image, so that both halves see the whole of it. In sigmas of the positions' difference, by the
/// formal covariances of the two without the prior's error, which they share.
/// A map that fits by chance, or one that is not rigid, gives halves that disagree. Nothing when a half has
/// fewer than 6 matches or cannot be solved.
std::optional<double> HalvesDistance_sigma(const std::vector<vision::Match>& matches,
                                           const std::vector<int>& inliers, const vision::Camera& camera,
                                           const Eigen::Isometry3d& site_from_cam,
                                           const std::optional<vision::PosePriorFactor>& prior,
                                           const MapDeclaration& map, const vision::RefineOptions& refine);

}  // namespace perilune::nav
