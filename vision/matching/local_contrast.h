#pragma once

#include <opencv2/core.hpp>

namespace perilune::vision {

/// An image as correlation wants it: less its local mean, over its local spread.
struct LocalContrast {
  cv::Mat value;  ///< CV_32F, about unit variance where there is texture; 0 where nothing is known
  cv::Mat known;  ///< CV_32F, 1 or 0
};

/// `image` (CV_32F) is compared within a square of `window_px` around each pixel, over its known pixels
/// (`known`: CV_8U, not 0). The spread is held above `floor_share` of its root mean square over the image, so
/// that noise in shadows and flat ground is not blown up into texture. One bright crater then counts no more
/// than the ground beside it, and gain, offset and slow shading (albedo, a slope, vignetting, the glow around
/// the point opposite the Sun) are gone.
LocalContrast MakeLocalContrast(const cv::Mat& image, const cv::Mat& known, int window_px,
                                double floor_share);

}  // namespace perilune::vision
