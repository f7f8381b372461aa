#pragma once

#include <Eigen/Geometry>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dem/frames/pose.h"
#include "vision/matching/match.h"

namespace perilune::nav {

/// kAccepted: map-relative horizontal 1 sigma ≤ max(map pixel, ground sample). kWeak: solved, but less
/// certain than that. kNoMap: fewer than 50 map pixels across the footprint, or off the map. kTooFewMatches,
/// kInconsistent: no pose.
enum class FixStatus { kAccepted, kWeak, kNoMap, kTooFewMatches, kInconsistent };

std::string ToString(FixStatus status);

/// A landmark as used by a fix.
struct FixMatch {
  vision::Match match;
  Eigen::Vector2d residual_px = Eigen::Vector2d::Zero();  ///< observed − projected at the fix
  bool inlier = false;
};

/// The attitude that an image alone gives against the one that was known before.
struct AttitudeOffset {
  Eigen::Vector3d offset_rad = Eigen::Vector3d::Zero();          ///< in cam, right of the prior's
  Eigen::Matrix3d covariance_rad2 = Eigen::Matrix3d::Zero();     ///< of both together
  Eigen::Matrix3d of_correction_rad2 = Eigen::Matrix3d::Zero();  ///< share of a correction of the prior's

  double Nis() const;  ///< squared, normalised length, dof 3
};

/// A pose from one image. Covariances: rows and columns as dem/frames/pose.h (δθ in cam, rad; δp in site, m).
struct Fix {
  FixStatus status = FixStatus::kTooFewMatches;
  std::string reason;  ///< one line, why not accepted, or what the accepted one does without
  std::int64_t t_ns = 0;
  Eigen::Isometry3d site_from_cam = Eigen::Isometry3d::Identity();
  dem::Matrix6d covariance_map_relative = dem::Matrix6d::Zero();
  std::optional<dem::Matrix6d> covariance_absolute;  ///< absent without a declared tie
  std::vector<FixMatch> matches;                     ///< all attempted that produced a match
  int attempted = 0;
  int inliers = 0;
  double residual_rms_px = 0;  ///< per inlier, √(mean |r|²)
  double holdout_rms_px = 0;   ///< NaN when not computed
  std::optional<dem::Vector6d> weak_direction;
  std::optional<double> halves_distance_sigma;    ///< of two poses from half of the inliers each (halves.h)
  std::optional<AttitudeOffset> attitude_offset;  ///< absent where the prior's attitude is not used
  bool attitude_contradicted = false;             ///< too large: no fix
  /// Too far from the prior to be a fix (kInconsistent), though the pose and its covariance are there: one of
  /// the two is wrong, and several such poses that agree say which.
  bool beyond_prior = false;
  double map_pixel_m = 0;
  double ground_sample_m = 0;
  /// Of the search of the whole prior, where there was one: how much the second-best place stands out beside
  /// the best one, 0 … 1.
  std::optional<double> ambiguity_ratio;
  int map_level = -1;  ///< index into the map's levels, 0 = finest

  bool HasPose() const { return status == FixStatus::kAccepted || status == FixStatus::kWeak; }
  /// Largest 1 sigma of the horizontal position, m.
  double HorizontalSigma_m() const;
};

}  // namespace perilune::nav
