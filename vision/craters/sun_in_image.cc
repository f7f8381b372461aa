#include "vision/craters/sun_in_image.h"

#include <cmath>

namespace perilune::vision {

std::optional<double> DirectionInImage(const Camera& camera, const Eigen::Vector3d& step_in_cam) {
  const Eigen::Vector2d middle(0.5 * (camera.width_px - 1), 0.5 * (camera.height_px - 1));
  const Eigen::Vector2d step_px = camera.ProjectJacobian(camera.Unproject(middle)) * step_in_cam;
  if (!(step_px.norm() > 0)) return std::nullopt;
  return std::atan2(step_px.y(), step_px.x());
}

}  // namespace perilune::vision
