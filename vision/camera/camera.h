#pragma once

#include <Eigen/Core>
#include <array>
#include <optional>
#include <string>

namespace perilune::vision {

/// Pinhole camera with Brown-Conrady distortion in OpenCV's terms. Pixel centres are integers; `cam` is x
/// right, y down, z forward.
struct Camera {
  std::string model = "brown_conrady";
  int width_px = 0;
  int height_px = 0;
  double fx_px = 0;
  double fy_px = 0;
  double cx_px = 0;
  double cy_px = 0;
  std::array<double, 5> distortion = {0, 0, 0, 0, 0};  ///< k1 k2 p1 p2 k3

  /// Throws std::invalid_argument naming the field: sizes and focal lengths must be positive and everything
  /// finite.
  void Validate() const;

  /// Pixel of a point in `cam` (m); nothing behind the camera or beyond the distortion model's monotonic
  /// range. The pixel may lie outside the image: see Contains.
  std::optional<Eigen::Vector2d> Project(const Eigen::Vector3d& point_in_cam) const;

  /// Unit ray in `cam` through a pixel: inverse of Project to below 1e-9 px inside the image; NaN where the
  /// distortion model reaches no ray (beyond its monotonic range).
  Eigen::Vector3d Unproject(const Eigen::Vector2d& pixel) const;

  /// d pixel / d point_in_cam (2 × 3) at a point that projects.
  Eigen::Matrix<double, 2, 3> ProjectJacobian(const Eigen::Vector3d& point_in_cam) const;

  /// Whether a pixel lies on the image: −0.5 ≤ u < width − 0.5, likewise v.
  bool Contains(const Eigen::Vector2d& pixel) const;

  /// Mean focal length √(fx·fy), px: ground sample = range / this for a nadir view.
  double FocalLength_px() const;

  /// The same camera with an image `factor` times as large (pixel centres shifted accordingly, size rounded
  /// up).
  Camera Scaled(double factor) const;
};

/// Square pinhole camera of `size_px` with a full horizontal field of view.
Camera PinholeCamera(int size_px, double field_of_view_rad);

}  // namespace perilune::vision
