#include "vision/imaging/psf.h"

#include <cmath>
#include <opencv2/imgproc.hpp>

namespace perilune::vision {

cv::Mat BlurByPsf(const cv::Mat& light, double sigma_px) {
  if (sigma_px <= 0) return light;
  const int reach_px = static_cast<int>(std::ceil(4 * sigma_px));
  cv::Mat blurred;
  cv::GaussianBlur(light, blurred, {2 * reach_px + 1, 2 * reach_px + 1}, sigma_px, sigma_px,
                   cv::BORDER_REPLICATE);
  return blurred;
}

}  // namespace perilune::vision
