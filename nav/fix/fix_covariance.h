#pragma once

#include <vector>

#include "dem/ephemeris/sun.h"
#include "dem/frames/pose.h"
#include "nav/fix/map_declaration.h"
#include "vision/camera/camera.h"
#include "vision/matching/match.h"

namespace perilune::nav {

/// What the matches' own covariances do not see: neighbouring patches err alike. A smoothed map has softer
/// slopes and shallower craters than the ground, its shadows are shorter, and its height errors shade it:
/// what is found lies beside its place by a displacement that changes slowly over the image. It is taken as a
/// random field on the ground with a Gaussian correlation, its variance growing with the size of a map pixel
/// in the image: the more of the ground's relief is not in the map. An empirical fit to rendered worlds
/// (seeds 9001 to 9014 of docs/accuracy.md).
struct SharedDisplacement {
  double along_sun_px =
      0.11;  ///< 1 sigma in the Sun's azimuth, in map pixels or image pixels on the ground, …
  double across_sun_px = 0.03;  ///< … whichever are larger; and across it
  double correlation_px = 250;  ///< distance where the correlation is 1/e, in the same pixels
  void Validate() const;
};

/// A field of horizontal displacements, correlated over distance as dem/terrain/height_error.h has it.
struct DisplacementField {
  Eigen::Matrix2d covariance_m2 = Eigen::Matrix2d::Zero();  ///< in `site`, x and y
  double correlation_m = 0;
};

/// The field in metres. With the Sun in the zenith the larger sigma holds in both axes.
DisplacementField FieldOf(const SharedDisplacement& shared, const dem::Sun& sun, double pixel_m);

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
///  - displacements that neighbouring patches share (see SharedDisplacement);
///  - the prior's own error where it was used.
dem::Matrix6d MapRelativeCovariance(const SolvedPose& solved, const vision::Camera& camera,
                                    const MapDeclaration& map, const DisplacementField& shared);

}  // namespace perilune::nav
