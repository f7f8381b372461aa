#pragma once

#include <opencv2/core.hpp>

#include "vision/camera/camera.h"

namespace perilune::vision {

/// How a lens darkens towards the corners; the two factors multiply.
struct VignettingOptions {
  /// Power of the cosine of the angle off the axis: 4 is the natural fall-off of a simple lens, 0 none.
  double cos_power = 0;
  /// Measured fall-off 1 + k2 ρ² + k4 ρ⁴ + k6 ρ⁶, ρ = distance from the principal point over half the image's
  /// diagonal; 0 = none.
  double k2 = 0, k4 = 0, k6 = 0;

  bool Off() const { return cos_power == 0 && k2 == 0 && k4 == 0 && k6 == 0; }
  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

/// Share of the light that arrives at each pixel (CV_32F, the camera's size), 1 on the axis; 0 where the
/// camera has no ray or the polynomial falls below 0. Throws std::invalid_argument for bad options or camera.
cv::Mat VignettingMap(const VignettingOptions& options, const Camera& camera);

}  // namespace perilune::vision
