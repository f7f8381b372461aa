#pragma once

#include <opencv2/core.hpp>
#include <string>

namespace perilune::tools {

enum class ImageCoding { kJpeg, kPng };

/// An 8-bit image (1, 3 or 4 channels, BGR order) as a data: URI. JPEG at quality 82 for pictures, PNG for
/// layers with few colours or transparency. Throws std::invalid_argument for an empty image.
std::string DataUri(const cv::Mat& image, ImageCoding coding);

/// RFC 4648, with padding.
std::string Base64(const std::vector<unsigned char>& bytes);

/// 8-bit grey version of a 8- or 16-bit camera image, stretched so that the 0.5 and 99.5 percentiles become
/// black and white.
cv::Mat DisplayImage(const cv::Mat& pixels);

}  // namespace perilune::tools
