#pragma once

#include <filesystem>
#include <opencv2/core.hpp>

namespace perilune::tools {

/// Writes a picture in the format of its name's extension (.png, .tif, .jpg): encoded in memory, then
/// atomically, so that a full disk is reported by our writer, in one line, instead of by a library. Throws
/// dem::WriteError.
void WritePicture(const std::filesystem::path& path, const cv::Mat& picture);

}  // namespace perilune::tools
