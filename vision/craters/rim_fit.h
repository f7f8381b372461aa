#pragma once

#include <Eigen/Core>
#include <opencv2/core.hpp>
#include <optional>

#include "vision/craters/edge_fit.h"
#include "vision/craters/ellipse.h"

namespace perilune::vision {

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
