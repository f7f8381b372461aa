#pragma once

#include <opencv2/core.hpp>

#include "dem/terrain/simd_level.h"

namespace perilune::vision {

/// Zero-normalised cross-correlation of a pattern with every place of it inside a window (both CV_32F), as
/// cv::matchTemplate's TM_CCOEFF_NORMED: the sums themselves where places are few, OpenCV's transforms where
/// they are many. Where the window is even there is none: 0 or, by transforms, whatever OpenCV gives.
cv::Mat NormalisedCorrelation(const cv::Mat& window, const cv::Mat& pattern, dem::SimdLevel simd);

}  // namespace perilune::vision
