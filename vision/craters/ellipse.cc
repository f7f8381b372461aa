#include "vision/craters/ellipse.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "dem/checks/require.h"

namespace perilune::vision {
namespace {

/// f applied to the eigenvalues of a symmetric 2 × 2 matrix, whose half trace is `middle` and half difference
/// of eigenvalues `half`: α 1 + β M.
template <typename Function>
Eigen::Matrix2d OfSymmetric(const Eigen::Matrix2d& m, Function f) {
  const double middle = 0.5 * m.trace();
  const double half = std::hypot(0.5 * (m(0, 0) - m(1, 1)), m(0, 1));
  const double high = f(middle + half), low = f(middle - half);
  Eigen::Matrix2d result = 0.5 * (high + low) * Eigen::Matrix2d::Identity();
  if (half > 1e-14 * std::abs(middle) && half > 0) {
    result += 0.5 * (high - low) / half * (m - middle * Eigen::Matrix2d::Identity());
  }
  return result;
}

bool IsEllipseShape(const Eigen::Matrix2d& shape) {
  return shape.allFinite() && shape(0, 0) > 0 && shape.determinant() > 0;
}

}  // namespace

Eigen::Matrix2d RootOf(const Eigen::Matrix2d& shape) {
  // Cayley-Hamilton: √S = (S + √|S| 1) / √(tr S + 2 √|S|).
  const double root_det = std::sqrt(shape.determinant());
  return (shape + root_det * Eigen::Matrix2d::Identity()) / std::sqrt(shape.trace() + 2 * root_det);
}

Ellipse EllipseFromAxes(const Eigen::Vector2d& centre, const EllipseAxes& axes) {
  dem::Require(centre.allFinite(), "ellipse centre", centre.sum(), "finite");
  dem::Require(axes.semi_major > 0 && std::isfinite(axes.semi_major), "semi_major", axes.semi_major,
               "positive");
  dem::Require(axes.semi_minor > 0 && std::isfinite(axes.semi_minor), "semi_minor", axes.semi_minor,
               "positive");
  dem::Require(std::isfinite(axes.angle_rad), "angle_rad", axes.angle_rad, "finite");
  const Eigen::Vector2d major =
      axes.semi_major * Eigen::Vector2d(std::cos(axes.angle_rad), std::sin(axes.angle_rad));
  const Eigen::Vector2d minor =
      axes.semi_minor * Eigen::Vector2d(-std::sin(axes.angle_rad), std::cos(axes.angle_rad));
  return {centre, major * major.transpose() + minor * minor.transpose()};
}

EllipseAxes AxesOf(const Ellipse& ellipse) {
  const double difference = 0.5 * (ellipse.shape(0, 0) - ellipse.shape(1, 1)), cross = ellipse.shape(0, 1);
  const double middle = 0.5 * ellipse.shape.trace(), half = std::hypot(difference, cross);
  return {std::sqrt(middle + half), std::sqrt(std::max(0.0, middle - half)),
          0.5 * std::atan2(cross, difference)};
}

double MeanRadius(const Ellipse& ellipse) { return std::sqrt(std::sqrt(ellipse.shape.determinant())); }

Eigen::Matrix3d ConicOf(const Ellipse& ellipse) {
  const Eigen::Matrix2d inverse = ellipse.shape.inverse() * std::sqrt(ellipse.shape.determinant());
  const Eigen::Vector2d linear = -inverse * ellipse.centre;
  Eigen::Matrix3d conic;
  conic.topLeftCorner<2, 2>() = inverse;
  conic.topRightCorner<2, 1>() = linear;
  conic.bottomLeftCorner<1, 2>() = linear.transpose();
  conic(2, 2) = ellipse.centre.dot(inverse * ellipse.centre) - std::sqrt(ellipse.shape.determinant());
  return conic;
}

std::optional<Ellipse> EllipseOfConic(const Eigen::Matrix3d& conic) {
  const double det = conic.topLeftCorner<2, 2>().determinant();
  if (!conic.allFinite() || !(det > 0)) return std::nullopt;
  const Eigen::Matrix2d inverse = conic.topLeftCorner<2, 2>().inverse();
  Ellipse ellipse;
  ellipse.centre = -inverse * conic.topRightCorner<2, 1>();
  const double at_centre = conic(2, 2) + conic.topRightCorner<2, 1>().dot(ellipse.centre);
  ellipse.shape = -at_centre * inverse;
  if (!IsEllipseShape(ellipse.shape)) return std::nullopt;
  return ellipse;
}

Eigen::Matrix3d DualConicOf(const Ellipse& ellipse) {
  Eigen::Matrix3d dual;
  dual.topLeftCorner<2, 2>() = ellipse.centre * ellipse.centre.transpose() - ellipse.shape;
  dual.topRightCorner<2, 1>() = ellipse.centre;
  dual.bottomLeftCorner<1, 2>() = ellipse.centre.transpose();
  dual(2, 2) = 1;
  return dual;
}

std::optional<Ellipse> EllipseOfDualConic(const Eigen::Matrix3d& dual) {
  if (!dual.allFinite() || dual(2, 2) == 0) return std::nullopt;
  Ellipse ellipse;
  ellipse.centre = dual.topRightCorner<2, 1>() / dual(2, 2);
  ellipse.shape = ellipse.centre * ellipse.centre.transpose() - dual.topLeftCorner<2, 2>() / dual(2, 2);
  if (!IsEllipseShape(ellipse.shape)) return std::nullopt;
  return ellipse;
}

std::optional<Ellipse> FitEllipse(std::span<const Eigen::Vector2d> points) {
  if (points.size() < 5) return std::nullopt;
  Eigen::Vector2d mean = Eigen::Vector2d::Zero();
  for (const auto& p : points) mean += p / static_cast<double>(points.size());
  double scale = 0;
  for (const auto& p : points) scale += (p - mean).norm() / static_cast<double>(points.size());
  if (!(scale > 0)) return std::nullopt;
  // A x² + B x y + C y² + D x + E y = 1 about the mean, which lies inside.
  Eigen::Matrix<double, Eigen::Dynamic, 5> rows(points.size(), 5);
  for (std::size_t i = 0; i < points.size(); ++i) {
    const Eigen::Vector2d q = (points[i] - mean) / scale;
    rows.row(static_cast<Eigen::Index>(i)) << q.x() * q.x(), q.x() * q.y(), q.y() * q.y(), q.x(), q.y();
  }
  const Eigen::Matrix<double, 5, 1> c =
      rows.colPivHouseholderQr().solve(Eigen::VectorXd::Ones(static_cast<Eigen::Index>(points.size())));
  Eigen::Matrix3d conic;
  conic << c[0], c[1] / 2, c[3] / 2, c[1] / 2, c[2], c[4] / 2, c[3] / 2, c[4] / 2, -1;
  std::optional<Ellipse> ellipse = EllipseOfConic(conic);
  if (!ellipse) return std::nullopt;
  ellipse->centre = mean + scale * ellipse->centre;
  ellipse->shape *= scale * scale;
  return ellipse;
}

Eigen::Vector3d ShapeDifference(const Eigen::Matrix2d& from, const Eigen::Matrix2d& to) {
  const Eigen::Matrix2d inverse_root = RootOf(from).inverse();
  const Eigen::Matrix2d l =
      OfSymmetric(inverse_root * to * inverse_root, [](double eigenvalue) { return std::log(eigenvalue); });
  return {l(0, 0), l(1, 1), std::sqrt(2.0) * l(0, 1)};
}

Eigen::Matrix2d ShiftShape(const Eigen::Matrix2d& from, const Eigen::Vector3d& difference) {
  Eigen::Matrix2d l;
  l << difference.x(), difference.z() / std::sqrt(2.0), difference.z() / std::sqrt(2.0), difference.y();
  const Eigen::Matrix2d root = RootOf(from);
  return root * OfSymmetric(l, [](double eigenvalue) { return std::exp(eigenvalue); }) * root;
}

double GaussianAngle(const Ellipse& a, const Ellipse& b) {
  const Eigen::Matrix2d sum = a.shape + b.shape;
  const Eigen::Vector2d apart = a.centre - b.centre;
  const double overlap = 2 * std::pow(a.shape.determinant() * b.shape.determinant(), 0.25) /
                         std::sqrt(sum.determinant()) * std::exp(-0.5 * apart.dot(sum.inverse() * apart));
  return std::acos(std::min(1.0, overlap));
}

double WassersteinDistance(const Ellipse& a, const Ellipse& b) {
  const Eigen::Matrix2d root = RootOf(a.shape);
  const double cross = RootOf(root * b.shape * root).trace();
  return std::sqrt((a.centre - b.centre).squaredNorm() +
                   std::max(0.0, a.shape.trace() + b.shape.trace() - 2 * cross));
}

}  // namespace perilune::vision
