#pragma once

#include <vector>

#include "dem/frames/pose.h"
#include "nav/fix/map_declaration.h"
#include "vision/camera/camera.h"
#include "vision/matching/match.h"

namespace perilune::nav {

/// What is common to the errors of matches that do not overlap: a smoothed map has softer slopes and
/// shallower craters than the ground, its shadows are shorter and its height errors shade it, and all of that
/// is alike from patch to patch. It grows with the matches' own errors. Chosen on rendered worlds (seeds 9001
/// to 9014 of docs/accuracy.md); what it gives on others is said there and in docs/first-light.md.
struct SharedScatter {
  double variance_share =
      0.09;  ///< variance that matches have in common beside their own, as a share of theirs
  double correlation_px = 600;  ///< distance where that correlation is 1/e, in map pixels or image pixels on
                                ///< the ground, whichever are larger
  void Validate() const;
};

/// A least-squares pose whose covariance is wanted.
struct SolvedPose {
  Eigen::Isometry3d site_from_cam = Eigen::Isometry3d::Identity();
  std::vector<vision::Match> matches;  ///< those that were used
  std::vector<double> weight;          ///< their robust weights
  dem::Matrix6d prior_information = dem::Matrix6d::Zero();
  bool prior_errs = true;  ///< false in a difference of poses that share the prior: its error cancels
};

/// Map-relative covariance of the pose, K Σ Kᵀ with K the gain of the weighted least squares and Σ the errors
/// as they are, not as the weights assume:
///  - pixel errors, correlated between overlapping patches by the share of the area they have in common;
///  - map height errors, correlated as dem/terrain/height_error.h has it, through the landmarks' parallax;
///  - what matches have in common over longer distances (see SharedScatter; `pixel_m` is the larger pixel's
///  size);
///  - the prior's own error where it was used.
dem::Matrix6d MapRelativeCovariance(const SolvedPose& solved, const vision::Camera& camera,
                                    const MapDeclaration& map, const SharedScatter& shared, double pixel_m);

}  // namespace perilune::nav
