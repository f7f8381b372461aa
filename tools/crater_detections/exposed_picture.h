#pragma once

#include <cstdint>
#include <opencv2/core.hpp>

namespace perilune::tools {

/// Rendered radiance (CV_32F) as an 8-bit picture: exposed so that 1 % of the pixels are at or above 230,
/// with normal noise of `noise` levels drawn for the seed. Where nothing is seen (NaN) it is dark.
cv::Mat ExposedPicture(const cv::Mat& radiance, double noise, std::uint64_t seed);

}  // namespace perilune::tools
