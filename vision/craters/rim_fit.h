#pragma once

#include <Eigen/Core>
#include <opencv2/core.hpp>
#include <optional>

#include "vision/craters/crater_detection.h"
#include "vision/craters/ellipse.h"

namespace perilune::vision {

/// How far rims are from circles in the picture, and how surely they are seen.
struct RimFitOptions {
  double centre_sigma_radii = 0.25;  ///< 1 sigma of the start's centre, each axis
  double size_sigma = 0.3;           ///< of the logarithm of its radius
  double stretch_sigma = 0.2;      ///< of the logarithm of an axis against a circle: obliquity and real rims
  double edge_sigma_radii = 0.08;  ///< of an edge against the ellipse; together with ¾ px
};

struct RimFit {
  Ellipse ellipse;      ///< px of the image
  Matrix5d covariance;  ///< of the centre, px², and of ShapeDifference
  double support = 0;   ///< share of the rim, weighted by how much of an edge it should be, that is one
};

/// The rim of a crater about `start` in an image (CV_32F) with the Sun towards sun_direction_rad. On the
/// Sun's side brightness rises outwards across the rim (shadowed wall, lit flank), opposite it falls; the two
/// ends between show nothing. In 48 directions the steepest such step about the present ellipse is an edge;
/// robust least squares (Tukey) with the start as a prior gives the next ellipse. Nothing when less than a
/// third of the rim is on the image, or what comes out is no crater's rim (half or twice the start's size, or
/// drawn out by more than 2.5).
std::optional<RimFit> FitRim(const cv::Mat& image, const Ellipse& start, double sun_direction_rad,
                             const RimFitOptions& options = {});

/// Brightness between pixels; NaN outside the image.
float Interpolated(const cv::Mat& image, const Eigen::Vector2d& px);

}  // namespace perilune::vision
