#pragma once

#include <opencv2/core.hpp>
#include <vector>

#include "dem/terrain/simd_level.h"

namespace perilune::vision {

/// Weights of a Gaussian of unit sum from its middle on, four sigmas far.
std::vector<double> GaussianTaps(double sigma_px);

/// A CV_32F picture low-passed by a Gaussian, mirrored beyond its border (its outermost pixels once): what
/// cv::GaussianBlur gives, sooner.
cv::Mat GaussianBlurred(const cv::Mat& picture, double sigma_px,
                        dem::SimdLevel simd = dem::ChosenSimdLevel());

}  // namespace perilune::vision
