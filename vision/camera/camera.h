#pragma once

#include <Eigen/Core>
#include <array>
#include <optional>
#include <span>
#include <string>

namespace perilune::vision {

/// Names of the projection models.
inline constexpr char kBrownConrady[] = "brown_conrady";    ///< pinhole, OpenCV's radial-tangential terms
inline constexpr char kKannalaBrandt[] = "kannala_brandt";  ///< fisheye, OpenCV's cv::fisheye terms

/// A camera. Pixel centres are integers; `cam` is x right, y down, z forward.
struct Camera {
  std::string model = kBrownConrady;
  int width_px = 0;
  int height_px = 0;
  double fx_px = 0;
  double fy_px = 0;
  double cx_px = 0;
  double cy_px = 0;
  /// brown_conrady: k1 k2 p1 p2 k3. kannala_brandt: k1 k2 k3 k4 and a zero.
  std::array<double, 5> distortion = {0, 0, 0, 0, 0};

  /// Throws std::invalid_argument naming the field: an unknown model; sizes and focal lengths must be
  /// positive and everything finite.
  void Validate() const;

  /// Pixel of a point in `cam` (m); nothing behind the camera or beyond the distortion model's monotonic
  /// range. The pixel may lie outside the image: see Contains.
  std::optional<Eigen::Vector2d> Project(const Eigen::Vector3d& point_in_cam) const;

  /// Unit ray in `cam` through a pixel: inverse of Project to below 1e-9 px inside the image; NaN where the
  /// distortion model reaches no ray (beyond its monotonic range, or 90° and more off the axis).
  Eigen::Vector3d Unproject(const Eigen::Vector2d& pixel) const;

  /// Unproject of the pixels (0, row), (1, row) … into `rays`, whose size says how many; agrees with it to
  /// 1e-14 away from the distortion model's fold, at about half its cost.
  void UnprojectRow(int row, std::span<Eigen::Vector3d> rays) const;

  /// d pixel / d point_in_cam (2 × 3) at a point that projects.
  Eigen::Matrix<double, 2, 3> ProjectJacobian(const Eigen::Vector3d& point_in_cam) const;

  /// Whether a pixel lies on the image: −0.5 ≤ u < width − 0.5, likewise v.
  bool Contains(const Eigen::Vector2d& pixel) const;

  /// Mean focal length √(fx·fy), px: ground sample = range / this for a nadir view.
  double FocalLength_px() const;

  /// The same camera with an image `factor` times as large (pixel centres shifted accordingly, size rounded
  /// up).
  Camera Scaled(double factor) const;

  bool IsFisheye() const { return model == kKannalaBrandt; }
};

/// Square pinhole camera of `size_px` with a full horizontal field of view.
Camera PinholeCamera(int size_px, double field_of_view_rad);

/// Square equidistant fisheye (Kannala-Brandt without distortion) of `size_px` with a full horizontal field
/// of view.
Camera FisheyeCamera(int size_px, double field_of_view_rad);

}  // namespace perilune::vision
