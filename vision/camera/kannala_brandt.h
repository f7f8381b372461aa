#pragma once

#include <Eigen/Core>
#include <array>
#include <optional>
#include <span>

namespace perilune::vision {

/// Fisheye projection of Kannala & Brandt (2006) in OpenCV's (cv::fisheye) and EuRoC's ("equidistant") terms:
/// a ray at θ off the axis lands at r(θ) = θ (1 + k1 θ² + k2 θ⁴ + k3 θ⁶ + k4 θ⁸) from the principal point, in
/// focal lengths. Only rays less than 90° off the axis, and only up to the first angle where r stops growing.
class KannalaBrandt {
 public:
  /// `coefficients`: k1 k2 k3 k4 and one that is not used.
  explicit KannalaBrandt(const std::array<double, 5>& coefficients);

  /// Image coordinates (focal lengths from the principal point) of a finite point in `cam` with z > 0;
  /// nothing beyond the monotonic range.
  std::optional<Eigen::Vector2d> Distort(const Eigen::Vector3d& point_in_cam) const;

  /// Unit ray in `cam`; NaN where there is none in the range.
  Eigen::Vector3d Undistort(const Eigen::Vector2d& image) const;

  /// Undistort of the points (x, y) of one row of the image into `rays`, `x` being first_x + i·step_x: each
  /// point starts from its neighbours' solution. Agrees with Undistort to 1e-14 away from the fold.
  void UndistortRow(double first_x, double step_x, double y, std::span<Eigen::Vector3d> rays) const;

  /// d image / d point_in_cam.
  Eigen::Matrix<double, 2, 3> Jacobian(const Eigen::Vector3d& point_in_cam) const;

 private:
  double Radius(double angle_rad) const;
  double RadiusSlope(double angle_rad) const;
  double Angle(double radius) const;
  double AngleNear(double start, double radius) const;

  std::array<double, 4> k_;
  double max_angle_rad_;  // rays below it are mapped one to one
};

}  // namespace perilune::vision
