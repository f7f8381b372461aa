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
  const auto at = [&](int i) { return step[static_cast<std::size_t>(i)]; };
  const double shift = PeakOfParabola(at(best - 1), best_value, at(best + 1));
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
  result.directions = kDirections;
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
  return FitEdges(
      start,
      [&](const Ellipse& ellipse, double window) {
        return EdgesAbout(image, ellipse, sun_direction_rad, window);
      },
      options);
}

}  // namespace perilune::vision
