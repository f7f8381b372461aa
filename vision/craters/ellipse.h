#pragma once

#include <Eigen/Core>
#include <optional>
#include <span>

namespace perilune::vision {

/// An ellipse in a plane: the points centre + √shape · (unit vector). The unit is the plane's: px in an
/// image, focal lengths in the normalised image plane (z = 1 in `cam`), m on the ground. With the semi-axes a
/// ≥ b and the major one along e, shape = a² e eᵀ + b² (1 − e eᵀ): smooth also where the ellipse is a circle.
struct Ellipse {
  Eigen::Vector2d centre = Eigen::Vector2d::Zero();
  Eigen::Matrix2d shape = Eigen::Matrix2d::Identity();
};

/// Semi-axes, and the angle of the major one from +x towards +y, in (−π/2, π/2].
struct EllipseAxes {
  double semi_major = 0;
  double semi_minor = 0;
  double angle_rad = 0;
};

/// The symmetric positive root of a shape: centre + RootOf(shape) · (cos t, sin t) are the ellipse's points.
Eigen::Matrix2d RootOf(const Eigen::Matrix2d& shape);

/// Throws std::invalid_argument unless both semi-axes are positive and everything is finite.
Ellipse EllipseFromAxes(const Eigen::Vector2d& centre, const EllipseAxes& axes);
EllipseAxes AxesOf(const Ellipse& ellipse);

/// √(ab): radius of the circle with the ellipse's area.
double MeanRadius(const Ellipse& ellipse);

/// The symmetric C with (x y 1) C (x y 1)ᵀ = 0 on the ellipse and < 0 inside, det of its upper left 2 × 2
/// = 1.
Eigen::Matrix3d ConicOf(const Ellipse& ellipse);
/// Inverse of ConicOf for any multiple of the matrix; nothing when it is no real ellipse.
std::optional<Ellipse> EllipseOfConic(const Eigen::Matrix3d& conic);

/// The dual conic [c cᵀ − shape, c; cᵀ, 1] of its tangents: maps a line to its pole, and transforms with a
/// homography H as H D Hᵀ.
Eigen::Matrix3d DualConicOf(const Ellipse& ellipse);
/// Inverse of DualConicOf for any multiple of the matrix; nothing when it is no real ellipse.
std::optional<Ellipse> EllipseOfDualConic(const Eigen::Matrix3d& dual);

/// The ellipse nearest to at least 5 points (algebraic least squares about their mean: exact for points of an
/// ellipse); nothing when they are fewer or lie on no ellipse.
std::optional<Ellipse> FitEllipse(std::span<const Eigen::Vector2d> points);

/// By how much `to` has another shape than `from`: the logarithm L of from^-½ · to · from^-½ as (Lxx, Lyy,
/// √2 Lxy). A common factor 1 + s on both axes gives (2s, 2s, 0) to first order; independent relative errors
/// of 1 sigma s of the axes, in whatever direction they lie, give three independent numbers of 1 sigma 2 s.
Eigen::Vector3d ShapeDifference(const Eigen::Matrix2d& from, const Eigen::Matrix2d& to);
/// The shape with ShapeDifference(from, result) = difference.
Eigen::Matrix2d ShiftShape(const Eigen::Matrix2d& from, const Eigen::Vector3d& difference);

/// Angle (rad, 0 to π/2) between the Gaussians with the ellipses' centres and `shape` as covariance, as
/// vectors of L²: cos = 2 (|S||T|)^¼ / |S+T|^½ · exp(−½ dᵀ (S+T)⁻¹ d). After Christian, Derksen & Watkins
/// (2021), who compare craters so. Scale-free: the same for both ellipses magnified.
double GaussianAngle(const Ellipse& a, const Ellipse& b);

/// 2-Wasserstein distance between the same Gaussians, in the plane's unit: √(|d|² + tr(S + T − 2 (S^½ T
/// S^½)^½)).
double WassersteinDistance(const Ellipse& a, const Ellipse& b);

}  // namespace perilune::vision
