#pragma once

#include <filesystem>
#include <opencv2/core.hpp>

namespace perilune::datasets {

/// Reads a picture as one grey channel, CV_8U or CV_16U as the file has it; colour is converted, an
/// orientation tag is ignored (pixels stay where the camera put them). Throws dem::DataError naming the file:
/// missing, empty, no picture, truncated or damaged, no pixels, another depth than 8 or 16 bits.
cv::Mat ReadGreyImage(const std::filesystem::path& path);

}  // namespace perilune::datasets
