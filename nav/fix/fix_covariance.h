#pragma once

#include <vector>

#include "dem/ephemeris/sun.h"
#include "dem/frames/pose.h"
#include "nav/fix/map_declaration.h"
#include "vision/camera/camera.h"
#include "vision/matching/match.h"

namespace perilune::nav {

/// What a formal covariance does not see: the patches of an image err alike, the more so the poorer they
/// match, so that such an error grows with the formal one. (The likely cause, not tested apart: a smoothed
/// map has softer slopes and shallower craters than the ground.) It moves the position and not the attitude,
/// whatever the two trade in the formal covariance. Each is its 1 sigma as a multiple of the formal 1 sigma
/// in that direction: an empirical fit to simulated flights over two scenarios (docs/first-light.md).
struct SharedError {
  double along_sun = 1.33;   ///< horizontal, in the Sun's azimuth
  double across_sun = 0.76;  ///< horizontal, across it
  double vertical = 0.85;
  void Validate() const;
};

/// The multiples as a symmetric matrix in `site`. With the Sun in the zenith the larger horizontal multiple
/// holds in both axes.
Eigen::Matrix3d SharedErrorMultiples(const SharedError& shared, const dem::Sun& sun);

/// A least-squares pose whose covariance is wanted.
struct SolvedPose {
  Eigen::Isometry3d site_from_cam = Eigen::Isometry3d::Identity();
  std::vector<vision::Match> matches;  ///< those that were used
  std::vector<double> weight;          ///< their robust weights
  dem::Matrix6d prior_information = dem::Matrix6d::Zero();
};

/// Map-relative covariance of the pose, K Σ Kᵀ with K the gain of the weighted least squares and Σ the errors
/// as they are, not as the weights assume:
///  - pixel errors, correlated between overlapping patches by the share of the area they have in common;
///  - map height errors, correlated as dem/terrain/height_error.h has it, through the landmarks' parallax;
///  - the prior's own error where it was used;
/// and to their position block C the shared error, M C M with M the multiples (see SharedError).
dem::Matrix6d MapRelativeCovariance(const SolvedPose& solved, const vision::Camera& camera,
                                    const MapDeclaration& map, const Eigen::Matrix3d& shared_multiples);

}  // namespace perilune::nav
