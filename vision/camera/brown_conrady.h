#pragma once

#include <Eigen/Core>
#include <array>
#include <optional>
#include <span>

namespace perilune::vision {

/// Pinhole projection with Brown's (1966) radial and tangential polynomials in OpenCV's terms. Image
/// coordinates are normalised: pixels from the principal point over the focal length.
class BrownConrady {
 public:
  /// `coefficients`: k1 k2 p1 p2 k3.
  explicit BrownConrady(const std::array<double, 5>& coefficients);

  /// Image coordinates of a finite point in `cam` with z > 0; nothing beyond the radius where the image folds
  /// over.
  std::optional<Eigen::Vector2d> Distort(const Eigen::Vector3d& point_in_cam) const;

  /// Unit ray in `cam`; NaN where there is none below the fold.
  Eigen::Vector3d Undistort(const Eigen::Vector2d& image) const;

  /// Undistort of the points (x, y) of one row of the image into `rays`, `x` being first_x + i·step_x: each
  /// point starts from its neighbours' solution. Agrees with Undistort to 1e-14 away from the fold.
  void UndistortRow(double first_x, double step_x, double y, std::span<Eigen::Vector3d> rays) const;

  /// d image / d point_in_cam.
  Eigen::Matrix<double, 2, 3> Jacobian(const Eigen::Vector3d& point_in_cam) const;

 private:
  bool None() const { return k1_ == 0 && k2_ == 0 && p1_ == 0 && p2_ == 0 && k3_ == 0; }
  Eigen::Vector2d Apply(const Eigen::Vector2d& n) const;
  Eigen::Matrix2d ApplyJacobian(const Eigen::Vector2d& n) const;
  double RadialGrowth(double s) const;
  bool Monotonic(double s) const;
  Eigen::Vector2d Invert(const Eigen::Vector2d& distorted) const;
  Eigen::Vector2d InvertNear(const Eigen::Vector2d& start, const Eigen::Vector2d& distorted) const;

  double k1_, k2_, p1_, p2_, k3_;
};

}  // namespace perilune::vision
