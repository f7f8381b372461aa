#pragma once

#include <Eigen/Core>
#include <optional>

#include "vision/camera/camera.h"
#include "vision/craters/ellipse.h"

namespace perilune::vision {

using Vector5d = Eigen::Matrix<double, 5, 1>;
using Matrix5d = Eigen::Matrix<double, 5, 5>;

/// A crater's rim in an image, whoever found it.
struct CraterDetection {
  Eigen::Vector2d centre_px = Eigen::Vector2d::Zero();
  EllipseAxes axes;  ///< semi-axes in px, angle from +x (right) towards +y (down)
  /// Of (x, y, semi-major, semi-minor, angle), px and rad; where there is none, DetectionNoise stands for it.
  std::optional<Matrix5d> covariance;
  /// How sure the detector is that it is a crater: more is surer, on any scale; all the same where it does
  /// not say.
  double score = 1;
};

/// 1 sigma of detections that state no covariance.
struct DetectionNoise {
  double centre_sigma_px = 1;  ///< each axis
  double axes_sigma = 0.03;    ///< relative, each axis independently
  void Validate() const;
};

/// A detection as the geometry wants it: in the normalised image plane, without distortion.
struct MeasuredEllipse {
  Ellipse ellipse;
  Matrix5d covariance = Matrix5d::Identity();  ///< of the centre, and of ShapeDifference(truth, ellipse)
};

/// Of a camera with distortion the ellipse is fitted to the undistorted rays of 24 of its points; without,
/// the map is exact. Nothing when a point has no ray before the camera. Throws std::invalid_argument for
/// semi-axes that are not positive and covariances that are not positive definite in the image plane.
std::optional<MeasuredEllipse> Measure(const Camera& camera, const CraterDetection& detection,
                                       const DetectionNoise& noise);

}  // namespace perilune::vision
