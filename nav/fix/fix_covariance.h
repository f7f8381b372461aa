#pragma once

#include <vector>

#include "dem/frames/pose.h"
#include "nav/fix/map_declaration.h"
#include "vision/camera/camera.h"
#include "vision/matching/match.h"

namespace perilune::nav {

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
///  - `common_bias_m`, a horizontal shift that all landmarks of one image share (1 sigma, each axis): shading
///  of a smoothed map
///    under another reflectance law displaces features systematically;
///  - the prior's own error where it was used.
dem::Matrix6d MapRelativeCovariance(const SolvedPose& solved, const vision::Camera& camera,
                                    const MapDeclaration& map, double common_bias_m);

}  // namespace perilune::nav
