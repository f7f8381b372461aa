#include "vision/craters/edge_fit.h"

#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <cmath>

namespace perilune::vision {
namespace {

/// Of the ellipse against the present one: centre in its radii (of its unit circle), ShapeDifference.
using RimStep = Vector5d;

/// d offset / d step in a direction.
Vector5d OffsetByStep(const Eigen::Vector2d& u) {
  Vector5d row;
  row << u, 0.5 * u.x() * u.x(), 0.5 * u.y() * u.y(), std::sqrt(0.5) * u.x() * u.y();
  return row;
}

struct Normal {
  Matrix5d information = Matrix5d::Zero();
  Vector5d right = Vector5d::Zero();
  double chi2 = 0;     ///< of the inliers
  double inliers = 0;  ///< sum of their weights
};

Normal Weighted(const RimEdges& edges, const RimStep& step, double sigma, double least_strength) {
  constexpr double kTukey = 3;
  Normal normal;
  for (const RimEdge& edge : edges.edges) {
    if (edge.strength < least_strength) continue;
    const Vector5d row = OffsetByStep(edge.direction);
    const double residual = (edge.offset - row.dot(step)) / sigma;
    if (std::abs(residual) >= kTukey) continue;
    const double x = residual / kTukey, weight = edge.weight * (1 - x * x) * (1 - x * x);
    normal.information += weight / (sigma * sigma) * row * row.transpose();
    normal.right += weight / (sigma * sigma) * edge.offset * row;
    normal.chi2 += weight * residual * residual;
    normal.inliers += weight;
  }
  return normal;
}

/// The start as a prior about the present ellipse: information, and its pull.
Normal PriorAbout(const Ellipse& present, const Ellipse& start, const RimFitOptions& options) {
  Normal prior;
  const Eigen::Matrix2d root = RootOf(present.shape);
  Vector5d to_start;
  to_start.head<2>() = root.inverse() * (start.centre - present.centre);
  to_start.tail<3>() = ShapeDifference(present.shape, start.shape);
  // The mean of the two diagonal numbers is twice the logarithm of the size; the others are the stretch.
  const double size = 1 / (4 * options.size_sigma * options.size_sigma);
  const double stretch = 1 / (4 * options.stretch_sigma * options.stretch_sigma);
  const double half_sum = 0.5 * (size + stretch), half_difference = 0.5 * (size - stretch);
  prior.information.diagonal() << Eigen::Vector2d::Constant(
      1 / (options.centre_sigma_radii * options.centre_sigma_radii)),
      half_sum, half_sum, stretch;
  prior.information(2, 3) = prior.information(3, 2) = half_difference;
  prior.right = prior.information * to_start;
  return prior;
}

/// Share of the rim's edges that are there, each weighted by how much it is due.
double Support(const RimEdges& edges, const RimStep& step, double sigma, double least_strength) {
  constexpr double kNear = 2;
  double due = 0, seen = 0;
  for (const RimEdge& edge : edges.edges) {
    due += edge.weight;
    const double residual = (edge.offset - OffsetByStep(edge.direction).dot(step)) / sigma;
    if (edge.strength >= least_strength && std::abs(residual) <= kNear) seen += edge.weight;
  }
  return due > 0 ? seen / due : 0;
}

bool IsRim(const Ellipse& ellipse, const Ellipse& start) {
  if (!ellipse.shape.allFinite() || !ellipse.centre.allFinite() || !(ellipse.shape.determinant() > 0))
    return false;
  const EllipseAxes axes = AxesOf(ellipse), of_start = AxesOf(start);
  constexpr double kMostStretch = 2.5;
  const double ratio = MeanRadius(ellipse) / MeanRadius(start);
  return axes.semi_minor > 0 &&
         axes.semi_major < kMostStretch * axes.semi_minor * of_start.semi_major / of_start.semi_minor &&
         ratio > 0.5 && ratio < 2;
}

Ellipse Stepped(const Ellipse& ellipse, const RimStep& step) {
  return {ellipse.centre + RootOf(ellipse.shape) * step.head<2>(), ShiftShape(ellipse.shape, step.tail<3>())};
}

}  // namespace

double PeakOfParabola(double before, double at, double after) {
  const double curvature = before - 2 * at + after;
  return curvature < 0 ? std::clamp(0.5 * (before - after) / curvature, -0.5, 0.5) : 0;
}

std::optional<RimFit> FitEdges(const Ellipse& start, const EdgesAboutEllipse& edges_about,
                               const RimFitOptions& options) {
  constexpr std::array<double, 3> kWindows = {0.3, 0.2,
                                              0.15};  // radii, 1 sigma of where edges are looked for
  RimFit fit;
  fit.ellipse = start;
  for (const double window : kWindows) {
    const RimEdges edges = edges_about(fit.ellipse, window);
    if (3 * static_cast<int>(edges.edges.size()) < edges.directions) return std::nullopt;
    const double sigma = std::hypot(options.edge_sigma_radii, 0.75 / MeanRadius(fit.ellipse));
    const Normal prior = PriorAbout(fit.ellipse, start, options);
    RimStep step = RimStep::Zero();
    Normal data;
    for (int i = 0; i < 4; ++i) {
      data = Weighted(edges, step, i == 0 ? 2 * sigma : sigma, options.least_step * edges.spread);
      step = (data.information + prior.information).ldlt().solve(data.right + prior.right);
    }
    const Matrix5d covariance = (data.information + prior.information).inverse() *
                                std::max(1.0, data.chi2 / std::max(1.0, data.inliers - 5));
    Matrix5d to_px = Matrix5d::Identity();
    to_px.topLeftCorner<2, 2>() = RootOf(fit.ellipse.shape);
    fit.covariance = to_px * covariance * to_px.transpose();
    fit.support = Support(edges, step, sigma, options.least_step * edges.spread);
    fit.ellipse = Stepped(fit.ellipse, step);
    if (!IsRim(fit.ellipse, start)) return std::nullopt;
  }
  return fit;
}

}  // namespace perilune::vision
