#include "nav/fix/scaled_image.h"

#include <opencv2/imgproc.hpp>

namespace perilune::nav {

ScaledImage ScaleImage(const cv::Mat& image, const vision::Camera& camera, double scale) {
  ScaledImage scaled;
  scaled.scale = scale;
  if (scale == 1) {
    scaled.camera = camera;
    scaled.pixels = image;
    return scaled;
  }
  scaled.camera = camera.Scaled(scale);
  cv::Mat smooth;
  cv::GaussianBlur(image, smooth, cv::Size(0, 0), 0.4 / scale, 0, cv::BORDER_REPLICATE);
  const double shift = 0.5 / scale - 0.5;  // pixel centres are integers in both
  const cv::Matx23d full_from_scaled(1 / scale, 0, shift, 0, 1 / scale, shift);
  cv::warpAffine(smooth, scaled.pixels, full_from_scaled,
                 cv::Size(scaled.camera.width_px, scaled.camera.height_px),
                 cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_REPLICATE);
  return scaled;
}

}  // namespace perilune::nav
