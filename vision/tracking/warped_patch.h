#pragma once

#include <Eigen/Core>
#include <optional>

#include "vision/matching/patch_refinement.h"
#include "vision/tracking/even_light.h"

namespace perilune::vision {

struct AlignedPatch {
  Eigen::Vector2d pixel_px = Eigen::Vector2d::Zero();  ///< where the next frame shows the patch's centre
  Eigen::Matrix2d covariance_px2 = Eigen::Matrix2d::Identity();
  double score = 0;  ///< correlation, −1…1
};

/// Finds what the frame before shows around `before_px` in the next frame near `after_px`, warped by the
/// local d after / d before; least squares with gain and offset (RefinePatch). Clipped pixels of either frame
/// count nothing. Nothing where the patch leaves an image, has no texture, is mostly clipped, or is not
/// found.
std::optional<AlignedPatch> AlignWarpedPatch(const EvenImage& before, const EvenImage& next,
                                             const Eigen::Vector2d& before_px,
                                             const Eigen::Vector2d& after_px,
                                             const Eigen::Matrix2d& after_from_before, int size_px,
                                             double min_unclipped_share, const RefinementOptions& options);

}  // namespace perilune::vision
