#include "datasets/formats/png_file.h"

#include <opencv2/imgcodecs.hpp>
#include <vector>

#include "dem/io/atomic_file.h"
#include "dem/io/data_error.h"

namespace perilune::datasets {

void WritePng(const std::filesystem::path& path, const cv::Mat& pixels) {
  std::vector<unsigned char> bytes;
  if (!cv::imencode(".png", pixels, bytes, {cv::IMWRITE_PNG_COMPRESSION, 1})) {
    throw dem::WriteError(path, "cannot encode the image");
  }
  dem::WriteFileAtomically(path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace perilune::datasets
