#pragma once

#include <opencv2/core.hpp>

#include "vision/camera/camera.h"

namespace perilune::nav {

/// An image at another scale, with its camera.
struct ScaledImage {
  cv::Mat pixels;  ///< CV_32F
  vision::Camera camera;
  double scale = 1;

  /// Pixel of the full image.
  Eigen::Vector2d ToFull(const Eigen::Vector2d& pixel) const {
    return ((pixel.array() + 0.5) / scale - 0.5).matrix();
  }
};

/// Low-passed to what the smaller grid can hold. `image` is CV_32F of the camera's size, scale ≤ 1.
ScaledImage ScaleImage(const cv::Mat& image, const vision::Camera& camera, double scale);

}  // namespace perilune::nav
