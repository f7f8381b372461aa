#include "vision/craters/crater_detection.h"

#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "dem/checks/require.h"
#include "dem/frames/moon.h"

namespace perilune::vision {
namespace {

std::optional<Ellipse> Undistorted(const Camera& camera, const Ellipse& ellipse_px) {
  constexpr int kPoints = 24;
  const Eigen::Matrix2d root = Eigen::LLT<Eigen::Matrix2d>(ellipse_px.shape).matrixL();
  std::array<Eigen::Vector2d, kPoints> points;
  for (int i = 0; i < kPoints; ++i) {
    const double t = 2 * dem::kPi * i / kPoints;
    const Eigen::Vector3d ray =
        camera.Unproject(ellipse_px.centre + root * Eigen::Vector2d(std::cos(t), std::sin(t)));
    if (!(ray.z() > 1e-3)) return std::nullopt;
    points[i] = ray.head<2>() / ray.z();
  }
  return FitEllipse(points);
}

/// Turns (x, y, semi-major, semi-minor, angle) into (x, y, shape difference), per unit.
Matrix5d ShapeFromAxes(const EllipseAxes& axes) {
  const double a = axes.semi_major, b = axes.semi_minor;
  const double c = std::cos(axes.angle_rad), s = std::sin(axes.angle_rad), root2 = std::sqrt(2.0);
  // About the axes, the logarithm has 2 da/a and 2 db/b on its diagonal and dθ (a² − b²)/(ab) beside it.
  Eigen::Matrix3d about_axes = Eigen::Vector3d(2 / a, 2 / b, root2 * (a * a - b * b) / (a * b)).asDiagonal();
  Eigen::Matrix3d turn;
  turn << c * c, s * s, -root2 * c * s, s * s, c * c, root2 * c * s, root2 * c * s, -root2 * c * s,
      c * c - s * s;
  Matrix5d result = Matrix5d::Identity();
  result.bottomRightCorner<3, 3>() = turn * about_axes;
  return result;
}

/// d (normalised image plane) / d pixel at a pixel.
Eigen::Matrix2d PlaneByPixel(const Camera& camera, const Eigen::Vector2d& pixel) {
  const Eigen::Vector3d ray = camera.Unproject(pixel);
  return camera.ProjectJacobian(ray / ray.z()).leftCols<2>().inverse();
}

}  // namespace

void DetectionNoise::Validate() const {
  dem::Require(centre_sigma_px > 0, "centre_sigma_px", centre_sigma_px, "positive");
  dem::Require(axes_sigma > 0 && axes_sigma < 1, "axes_sigma", axes_sigma, "above 0 and below 1");
}

std::optional<MeasuredEllipse> Measure(const Camera& camera, const CraterDetection& detection,
                                       const DetectionNoise& noise) {
  const Ellipse ellipse_px = EllipseFromAxes(detection.centre_px, detection.axes);
  const std::optional<Ellipse> ellipse = Undistorted(camera, ellipse_px);
  if (!ellipse) return std::nullopt;
  Matrix5d covariance = Matrix5d::Zero();
  if (detection.covariance) {
    const Matrix5d to_shape = ShapeFromAxes(detection.axes);
    covariance = to_shape * *detection.covariance * to_shape.transpose();
    // Of a circle the angle says nothing of the shape across its axes: as well known as they are.
    const double least = 1e-3 * std::min(covariance(2, 2), covariance(3, 3));
    covariance(4, 4) = std::max(covariance(4, 4), least);
    if (Eigen::LLT<Matrix5d>(covariance).info() != Eigen::Success) {
      throw std::invalid_argument("covariance of an ellipse: is not positive definite");
    }
  } else {
    covariance.topLeftCorner<2, 2>().diagonal().setConstant(noise.centre_sigma_px * noise.centre_sigma_px);
    covariance.bottomRightCorner<3, 3>().diagonal().setConstant(4 * noise.axes_sigma * noise.axes_sigma);
  }
  Matrix5d to_plane = Matrix5d::Identity();
  to_plane.topLeftCorner<2, 2>() = PlaneByPixel(camera, detection.centre_px);
  return MeasuredEllipse{*ellipse, to_plane * covariance * to_plane.transpose()};
}

}  // namespace perilune::vision
