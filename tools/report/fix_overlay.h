#pragma once

#include <opencv2/core.hpp>

#include "nav/fix/fix.h"

namespace perilune::tools {

/// A picture of a fix, CV_8UC3: on the left the image with inliers (green) and outliers (orange), residuals
/// drawn ten times enlarged; on the right the map rendered at the fix with the landmarks where it puts them.
/// Both panels have the image's size.
cv::Mat DrawFixOverlay(const cv::Mat& image, const cv::Mat& rendered_radiance, const nav::Fix& fix);

}  // namespace perilune::tools
