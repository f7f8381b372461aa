#include "vision/camera/camera.h"

#include <cmath>
#include <stdexcept>
#include <utility>

#include "dem/frames/moon.h"
#include "vision/camera/brown_conrady.h"
#include "vision/camera/kannala_brandt.h"

namespace perilune::vision {
namespace {

[[noreturn]] void Refuse(const std::string& field, const std::string& value, const std::string& need) {
  throw std::invalid_argument("camera: " + field + " is " + value + ", must be " + need);
}

}  // namespace

void Camera::Validate() const {
  if (model != kBrownConrady && model != kKannalaBrandt) {
    Refuse("model", "'" + model + "'", std::string("'") + kBrownConrady + "' or '" + kKannalaBrandt + "'");
  }
  if (width_px <= 0) Refuse("width_px", std::to_string(width_px), "positive");
  if (height_px <= 0) Refuse("height_px", std::to_string(height_px), "positive");
  for (const auto& [name, value] : {std::pair{"fx_px", fx_px}, std::pair{"fy_px", fy_px}}) {
    if (!(value > 0) || !std::isfinite(value)) Refuse(name, std::to_string(value), "positive and finite");
  }
  for (const auto& [name, value] : {std::pair{"cx_px", cx_px}, std::pair{"cy_px", cy_px}}) {
    if (!std::isfinite(value)) Refuse(name, std::to_string(value), "finite");
  }
  for (const double k : distortion) {
    if (!std::isfinite(k)) Refuse("distortion", std::to_string(k), "finite");
  }
  if (model == kKannalaBrandt && distortion[4] != 0) {
    Refuse("distortion[4]", std::to_string(distortion[4]), "0: a fisheye has k1 to k4");
  }
}

std::optional<Eigen::Vector2d> Camera::Project(const Eigen::Vector3d& point_in_cam) const {
  if (!(point_in_cam.z() > 0) || !point_in_cam.allFinite()) return std::nullopt;
  const auto n = IsFisheye() ? KannalaBrandt(distortion).Distort(point_in_cam)
                             : BrownConrady(distortion).Distort(point_in_cam);
  if (!n) return std::nullopt;
  return Eigen::Vector2d(fx_px * n->x() + cx_px, fy_px * n->y() + cy_px);
}

Eigen::Vector3d Camera::Unproject(const Eigen::Vector2d& pixel) const {
  const Eigen::Vector2d n((pixel.x() - cx_px) / fx_px, (pixel.y() - cy_px) / fy_px);
  return IsFisheye() ? KannalaBrandt(distortion).Undistort(n) : BrownConrady(distortion).Undistort(n);
}

void Camera::UnprojectRow(int row, std::span<Eigen::Vector3d> rays) const {
  const double first_x = -cx_px / fx_px, step_x = 1 / fx_px, y = (row - cy_px) / fy_px;
  if (IsFisheye()) {
    KannalaBrandt(distortion).UndistortRow(first_x, step_x, y, rays);
  } else {
    BrownConrady(distortion).UndistortRow(first_x, step_x, y, rays);
  }
}

Eigen::Matrix<double, 2, 3> Camera::ProjectJacobian(const Eigen::Vector3d& point_in_cam) const {
  const Eigen::Vector2d focal_px(fx_px, fy_px);
  if (IsFisheye()) return focal_px.asDiagonal() * KannalaBrandt(distortion).Jacobian(point_in_cam);
  return focal_px.asDiagonal() * BrownConrady(distortion).Jacobian(point_in_cam);
}

bool Camera::Contains(const Eigen::Vector2d& pixel) const {
  return pixel.x() >= -0.5 && pixel.x() < width_px - 0.5 && pixel.y() >= -0.5 && pixel.y() < height_px - 0.5;
}

double Camera::FocalLength_px() const { return std::sqrt(fx_px * fy_px); }

Camera Camera::Scaled(double factor) const {
  if (!(factor > 0) || !std::isfinite(factor))
    Refuse("scale factor", std::to_string(factor), "positive and finite");
  // A factor such as 1/3 must not turn 3·(1/3) into 2 pixels by rounding.
  const auto size = [factor](int side) { return static_cast<int>(std::ceil(side * factor - 1e-9)); };
  Camera scaled = *this;
  scaled.width_px = size(width_px);
  scaled.height_px = size(height_px);
  scaled.fx_px = fx_px * factor;
  scaled.fy_px = fy_px * factor;
  scaled.cx_px = (cx_px + 0.5) * factor - 0.5;
  scaled.cy_px = (cy_px + 0.5) * factor - 0.5;
  return scaled;
}

namespace {

Camera SquareCamera(const char* model, int size_px, double focal_length_px) {
  Camera camera;
  camera.model = model;
  camera.width_px = camera.height_px = size_px;
  camera.fx_px = camera.fy_px = focal_length_px;
  camera.cx_px = camera.cy_px = 0.5 * (size_px - 1);
  camera.Validate();
  return camera;
}

void CheckFieldOfView(double field_of_view_rad) {
  if (!(field_of_view_rad > 0) || !(field_of_view_rad < dem::kPi)) {
    Refuse("field of view", std::to_string(field_of_view_rad) + " rad", "between 0 and pi");
  }
}

}  // namespace

Camera PinholeCamera(int size_px, double field_of_view_rad) {
  CheckFieldOfView(field_of_view_rad);
  return SquareCamera(kBrownConrady, size_px, 0.5 * size_px / std::tan(0.5 * field_of_view_rad));
}

Camera FisheyeCamera(int size_px, double field_of_view_rad) {
  CheckFieldOfView(field_of_view_rad);
  return SquareCamera(kKannalaBrandt, size_px, size_px / field_of_view_rad);
}

}  // namespace perilune::vision
