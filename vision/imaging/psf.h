#pragma once

#include <opencv2/core.hpp>

namespace perilune::vision {

/// The light (CV_32F, finite) through optics whose point spread function is a Gaussian of this 1 sigma;
/// followed 4 sigmas out, edges continued. 0 = unchanged (the same pixels, not a copy).
cv::Mat BlurByPsf(const cv::Mat& light, double sigma_px);

}  // namespace perilune::vision
