#pragma once

#include <filesystem>
#include <opencv2/core.hpp>

namespace perilune::datasets {

/// Writes pixels (CV_8U or CV_16U) as a PNG, lightly compressed, atomically. Throws dem::WriteError.
void WritePng(const std::filesystem::path& path, const cv::Mat& pixels);

}  // namespace perilune::datasets
