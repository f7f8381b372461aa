#pragma once

#include <Eigen/Core>
#include <optional>

#include "vision/camera/camera.h"

namespace perilune::vision {

/// Where a step on the ground (in `cam`, any length) leads in the image when it is seen at the image's
/// middle: rad from +x (right) towards +y (down), as DetectCratersOptions has the Sun's direction for the
/// step towards the Sun. Nothing for a step along the line of sight, such as towards a Sun in the zenith.
std::optional<double> DirectionInImage(const Camera& camera, const Eigen::Vector3d& step_in_cam);

}  // namespace perilune::vision
