#include "tools/perilune/picture_file.h"

#include <cstdint>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <vector>

#include "dem/io/atomic_file.h"
#include "dem/io/data_error.h"

namespace perilune::tools {

void WritePicture(const std::filesystem::path& path, const cv::Mat& picture) {
  std::vector<std::uint8_t> bytes;
  if (!cv::imencode(path.extension().string(), picture, bytes)) {
    throw dem::WriteError(path, "the picture cannot be encoded");
  }
  dem::WriteFileAtomically(path, std::string(bytes.begin(), bytes.end()));
}

}  // namespace perilune::tools
