#pragma once

#include <Eigen/Geometry>
#include <vector>

#include "dem/ephemeris/sun.h"
#include "vision/camera/camera.h"
#include "vision/matching/match.h"

namespace perilune::nav {

/// How much more the residuals scatter than the matches declare, in variance, along the Sun's azimuth in the
/// image and across it. What a map does not resolve is shaded by its slopes along the Sun: its picture has
/// power with the square of the cosine to the Sun's azimuth, as the slopes themselves have that a patch is
/// placed by. Against a residual that is alike in all directions, which a patch assumes of its own
/// (vision/matching/patch_refinement.h), that makes 5/3 of the variance along the Sun and 1 across it for
/// ground without a direction: ∫cos⁶ over ∫cos⁴ ∫cos², ∫cos⁴ sin² over ∫cos² sin² ∫cos², each mean over a
/// circle. Measured: 1.3 and 0.6 (docs/first-light.md).
struct DirectionalScale {
  double along = 1;
  double across = 1;

  /// A covariance in the image, scaled; `along_sun` is a unit vector.
  Eigen::Matrix2d Apply(const Eigen::Matrix2d& covariance_px2, const Eigen::Vector2d& along_sun) const;
};

/// Where the Sun's azimuth points in the image at each match's landmark: unit vectors. Under a Sun in the
/// zenith, or where a landmark does not project, some direction.
std::vector<Eigen::Vector2d> SunInImage(const std::vector<vision::Match>& matches,
                                        const vision::Camera& camera, const Eigen::Isometry3d& site_from_cam,
                                        const dem::Sun& sun);

/// A match's residual at a pose.
struct SunResidual {
  Eigen::Vector2d residual_px = Eigen::Vector2d::Zero();
  Eigen::Matrix2d declared_px2 = Eigen::Matrix2d::Identity();  ///< covariance of the match
  Eigen::Vector2d along_sun = Eigen::Vector2d::UnitX();        ///< unit vector in the image
  double weight = 1;                                           ///< of the robust loss
};

/// From the residuals at a pose of six degrees of freedom that was fitted to them. What the matches declare
/// counts as `prior_matches` of them.
DirectionalScale MeasureDirectionalScale(const std::vector<SunResidual>& residuals, double prior_matches);

}  // namespace perilune::nav
