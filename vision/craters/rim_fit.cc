#include "vision/craters/rim_fit.h"

#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "dem/frames/moon.h"

namespace perilune::vision {
namespace {

constexpr int kDirections = 48;
constexpr double kProfileFrom = 0.4, kProfileStep = 0.05;  // radii
constexpr int kProfileSamples = 25;                        // to 1.6 radii
constexpr int kStepSamples = 3;                            // averaged on each side of an edge

/// A step of brightness across the rim in one direction.
struct RimEdge {
  double offset = 0;    ///< beyond the ellipse, in its radii there
  double strength = 0;  ///< of the step, with the sign that a rim has
  double weight = 0;    ///< how much of an edge is due in this direction, 0 to 1
  Eigen::Vector2d direction = Eigen::Vector2d::UnitX();  ///< in the ellipse's own unit circle
};

struct RimEdges {
  std::vector<RimEdge> edges;  ///< of directions that are on the image
  double spread = 0;           ///< standard deviation of the brightness sampled
};

using Profile = std::array<float, kProfileSamples>;

/// The steepest step outward (times `sign`) in a profile, nearer ones preferred; strength 0 where there is
/// none.
RimEdge SteepestStep(const Profile& profile, double sign, double window) {
  std::array<double, kProfileSamples + 1> step{};
  int best = -1;
  double best_value = 0;
  for (int i = kStepSamples; i + kStepSamples <= kProfileSamples; ++i) {
    double outer = 0, inner = 0;
    for (int k = 0; k < kStepSamples; ++k) {
      outer += profile[static_cast<std::size_t>(i + k)];
      inner += profile[static_cast<std::size_t>(i - 1 - k)];
    }
    const double offset = kProfileFrom + (i - 0.5) * kProfileStep - 1;
    step[static_cast<std::size_t>(i)] =
        sign * (outer - inner) / kStepSamples * std::exp(-0.5 * offset * offset / (window * window));
    if (std::isfinite(step[static_cast<std::size_t>(i)]) && step[static_cast<std::size_t>(i)] > best_value) {
      best = i;
      best_value = step[static_cast<std::size_t>(i)];
    }
  }
  RimEdge edge;
  if (best < 0) return edge;
  const double before = step[static_cast<std::size_t>(best - 1)],
               after = step[static_cast<std::size_t>(best + 1)];
  const double curvature = before - 2 * best_value + after;
  const double shift = curvature < 0 ? std::clamp(0.5 * (before - after) / curvature, -0.5, 0.5) : 0;
  edge.offset = kProfileFrom + (best - 0.5 + shift) * kProfileStep - 1;
  edge.strength = best_value;
  return edge;
}

RimEdges EdgesAbout(const cv::Mat& image, const Ellipse& ellipse, double sun_direction_rad, double window) {
  const Eigen::Matrix2d root = RootOf(ellipse.shape);
  const Eigen::Vector2d sun =
      (root.inverse() * Eigen::Vector2d(std::cos(sun_direction_rad), std::sin(sun_direction_rad)))
          .normalized();
  RimEdges result;
  double sum = 0, squares = 0;
  int count = 0;
  for (int d = 0; d < kDirections; ++d) {
    const double t = 2 * dem::kPi * d / kDirections;
    const Eigen::Vector2d direction(std::cos(t), std::sin(t));
    Profile profile;
    for (int i = 0; i < kProfileSamples; ++i) {
      const double r = kProfileFrom + i * kProfileStep;
      const float value = Interpolated(image, ellipse.centre + root * (r * direction));
      profile[static_cast<std::size_t>(i)] = value;
      if (!std::isfinite(value)) continue;
      sum += value;
      squares += static_cast<double>(value) * value;
      ++count;
    }
    if (!std::isfinite(Interpolated(image, ellipse.centre + root * direction))) continue;
    const double along = direction.dot(sun);
    RimEdge edge = SteepestStep(profile, along > 0 ? 1 : -1, window);
    edge.weight = std::abs(along);
    edge.direction = direction;
    result.edges.push_back(edge);
  }
  if (count > 0) result.spread = std::sqrt(std::max(0.0, squares / count - sum / count * sum / count));
  return result;
}

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

float Interpolated(const cv::Mat& image, const Eigen::Vector2d& px) {
  const double x0 = std::floor(px.x()), y0 = std::floor(px.y());
  if (!(x0 >= 0 && y0 >= 0 && x0 + 1 < image.cols && y0 + 1 < image.rows)) {
    return std::numeric_limits<float>::quiet_NaN();
  }
  const int col = static_cast<int>(x0), row = static_cast<int>(y0);
  const auto u = static_cast<float>(px.x() - x0), v = static_cast<float>(px.y() - y0);
  const float *upper = image.ptr<float>(row) + col, *lower = image.ptr<float>(row + 1) + col;
  return (1 - v) * ((1 - u) * upper[0] + u * upper[1]) + v * ((1 - u) * lower[0] + u * lower[1]);
}

std::optional<RimFit> FitRim(const cv::Mat& image, const Ellipse& start, double sun_direction_rad,
                             const RimFitOptions& options) {
  constexpr std::array<double, 3> kWindows = {0.3, 0.2,
                                              0.15};  // radii, 1 sigma of where edges are looked for
  constexpr double kLeastStep = 0.25;                 // of an edge, in standard deviations
  RimFit fit;
  fit.ellipse = start;
  for (const double window : kWindows) {
    const RimEdges edges = EdgesAbout(image, fit.ellipse, sun_direction_rad, window);
    if (3 * edges.edges.size() < kDirections) return std::nullopt;
    const double sigma = std::hypot(options.edge_sigma_radii, 0.75 / MeanRadius(fit.ellipse));
    const Normal prior = PriorAbout(fit.ellipse, start, options);
    RimStep step = RimStep::Zero();
    Normal data;
    for (int i = 0; i < 4; ++i) {
      data = Weighted(edges, step, i == 0 ? 2 * sigma : sigma, kLeastStep * edges.spread);
      step = (data.information + prior.information).ldlt().solve(data.right + prior.right);
    }
    const Matrix5d covariance = (data.information + prior.information).inverse() *
                                std::max(1.0, data.chi2 / std::max(1.0, data.inliers - 5));
    Matrix5d to_px = Matrix5d::Identity();
    to_px.topLeftCorner<2, 2>() = RootOf(fit.ellipse.shape);
    fit.covariance = to_px * covariance * to_px.transpose();
    fit.support = Support(edges, step, sigma, kLeastStep * edges.spread);
    fit.ellipse = Stepped(fit.ellipse, step);
    if (!IsRim(fit.ellipse, start)) return std::nullopt;
  }
  return fit;
}

}  // namespace perilune::vision
