#pragma once

#include <vector>

#include "dem/ephemeris/sun.h"
#include "dem/frames/pose.h"
#include "nav/fix/map_declaration.h"
#include "vision/camera/camera.h"
#include "vision/matching/match.h"

namespace perilune::nav {

/// Errors that all matches of an image share, 1 sigma in map pixels. A map that was smoothed is shaded too
/// softly: real shadows and sharp slopes displace what the image shows away from the Sun by a part of a map
/// pixel, the same way in every patch, and no average over patches takes it off. Measured on tuning seeds
/// (docs/first-light.md).
struct CommonShift {
  double along_sun_map_px = 0.065;   ///< horizontal, in the Sun's azimuth
  double across_sun_map_px = 0.025;  ///< horizontal, across it
  double vertical_map_px = 0.06;
  void Validate() const;
};

/// Covariance of that shift in `site`, m². With the Sun in the zenith the larger horizontal sigma holds in
/// both axes.
Eigen::Matrix3d CommonShiftCovariance(const CommonShift& shift, const dem::Sun& sun, double map_pixel_m);

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
///  - map height errors, Gaussian-correlated over the declared length, through the landmarks' parallax;
///  - `common_shift_m2`, a displacement that all landmarks of one image share (see CommonShift);
///  - the prior's own error where it was used.
dem::Matrix6d MapRelativeCovariance(const SolvedPose& solved, const vision::Camera& camera,
                                    const MapDeclaration& map, const Eigen::Matrix3d& common_shift_m2);

}  // namespace perilune::nav
