#pragma once

#include <vector>

#include "nav/fix/fix.h"
#include "nav/fix/fix_covariance.h"
#include "nav/fix/map_declaration.h"
#include "vision/camera/camera.h"
#include "vision/matching/match.h"
#include "vision/pose/consensus.h"
#include "vision/pose/refine_pose.h"

namespace perilune::nav {

/// What is known of the camera's pose before the image. The covariance (dem/frames/pose.h) bounds the search;
/// whether it also enters the solution is said by the two flags: an attitude from a star tracker is a
/// measurement of its own, a position that a filter predicted is not and would be counted twice when the fix
/// goes back into that filter.
struct PosePrior {
  Eigen::Isometry3d site_from_cam = Eigen::Isometry3d::Identity();
  dem::Matrix6d covariance = dem::Matrix6d::Identity();
  bool use_attitude = true;
  bool use_position = false;
  /// Share of the attitude's covariance that a correction of it has, of which images are the only witness.
  Eigen::Matrix3d correction_covariance_rad2 = Eigen::Matrix3d::Zero();
};

struct EstimateFixOptions {
  double inlier_gate_px = 1.2;          ///< a match further than this from its landmark is an outlier …
  double inlier_gate_map_px = 0.5;      ///< … or than this share of a map pixel, whichever is larger
  int min_inliers = 15;                 ///< fewer are no fix
  double min_inlier_share = 0.4;        ///< of the patches that found a match: chance agreement stays below
  MatchErrorModel errors;               ///< of the matches, beside what each declares
  double max_prior_distance_sigma = 6;  ///< a pose further from the prior is inconsistent
  double max_halves_sigma = 0;          ///< halves that disagree by more are no fix; 0 = not tested
  /// The attitude of the image alone may differ from the prior's by this much (squared, normalised, dof 3; an
  /// honest one exceeds it once in 1 000). Beyond it the star tracker, its clock or the camera's mounting is
  /// wrong, or the image's matches are: one image cannot tell which, and there is no fix. 0 = not tested.
  double max_attitude_nis = 16.266;
  bool holdout = false;  ///< also compute the held-out residual (five more solves)
  vision::ConsensusOptions consensus;
  vision::RefineOptions refine;
  void Validate() const;
};

/// Pose from matches: consensus, robust refinement, test of the prior's attitude, covariances, status.
/// `attempted` is the number of patches that were tried, `sun` the image's, `ground_sample_m` the ground
/// distance of an image pixel. Residuals are √(mean |r|²) over the inliers.
Fix EstimateFix(const std::vector<vision::Match>& matches, int attempted, const vision::Camera& camera,
                const PosePrior& prior, const MapDeclaration& map, const dem::Sun& sun,
                double ground_sample_m, const EstimateFixOptions& options = {});

}  // namespace perilune::nav
