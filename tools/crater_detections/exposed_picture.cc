#include "tools/crater_detections/exposed_picture.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "dem/synthesis/random.h"

namespace perilune::tools {

cv::Mat ExposedPicture(const cv::Mat& radiance, double noise, std::uint64_t seed) {
  std::vector<float> sorted(radiance.begin<float>(), radiance.end<float>());
  for (float& value : sorted) value = std::isfinite(value) ? value : 0.0F;
  const std::vector<float> seen = sorted;
  const auto bright = sorted.begin() + static_cast<std::ptrdiff_t>(0.99 * static_cast<double>(sorted.size()));
  std::nth_element(sorted.begin(), bright, sorted.end());
  const double gain = 230 / std::max(1e-6F, *bright);
  cv::Mat picture(radiance.size(), CV_8U);
  for (int row = 0; row < picture.rows; ++row) {
    for (int col = 0; col < picture.cols; ++col) {
      const auto index = static_cast<std::uint64_t>(row * picture.cols + col);
      picture.at<std::uint8_t>(row, col) =
          cv::saturate_cast<std::uint8_t>(gain * seen[index] + noise * dem::RandomNormal(seed, 501, index));
    }
  }
  return picture;
}

}  // namespace perilune::tools
