#include "vision/craters/laid_out.h"

#include <Eigen/Dense>
#include <cmath>
#include <limits>
#include <utility>

#include "dem/frames/moon.h"

namespace perilune::vision {
namespace {

/// Where a ray meets the sphere of radius 1 about (1 + height) down, and the normal there.
struct GroundHit {
  double range;
  Eigen::Vector3d up;
};

std::optional<GroundHit> MeetGround(const Eigen::Vector3d& ray, const Eigen::Vector3d& down, double height) {
  const double along = ray.dot(down) * (1 + height);
  const double squared = along * along - height * (2 + height);
  if (!(squared > 0) || along < 0) return std::nullopt;
  const double range = along - std::sqrt(squared);
  return GroundHit{range, range * ray - (1 + height) * down};
}

/// How far an ellipse is from the image of a circle there: the two numbers of its shape that size leaves.
Eigen::Vector2d Ovalness(const MeasuredEllipse& measured, const Eigen::Vector3d& down, double height) {
  const Eigen::Vector3d ray = measured.ellipse.centre.homogeneous().normalized();
  const auto hit = MeetGround(ray, down, height);
  if (!hit) return {1, 1};
  // A small circle's image: its plane's directions, projected.
  const Eigen::Vector3d first = hit->up.unitOrthogonal(), second = hit->up.cross(first);
  Eigen::Matrix<double, 2, 3> project;
  project << 1, 0, -ray.x() / ray.z(), 0, 1, -ray.y() / ray.z();
  const Eigen::Vector2d a = project * first, b = project * second;
  const Eigen::Vector3d difference =
      ShapeDifference(a * a.transpose() + b * b.transpose(), measured.ellipse.shape);
  return {(difference.x() - difference.y()) / std::sqrt(2.0), difference.z()};
}

/// Cauchy's loss: a fifth of the ellipses may be anything.
double LossOf(const std::vector<MeasuredEllipse>& ellipses, const Eigen::Vector3d& down, double height) {
  constexpr double kScale = 0.2;  // 1 sigma of 2 ln(axis ratio), rims and noise together
  double loss = 0;
  for (const MeasuredEllipse& e : ellipses)
    loss += std::log1p(Ovalness(e, down, height).squaredNorm() / (kScale * kScale));
  return loss;
}

/// The axis turned by two small angles.
Eigen::Vector3d Tilted(const Eigen::Vector3d& axis, double about_first, double about_second) {
  const Eigen::Vector3d first = axis.unitOrthogonal(), second = axis.cross(first);
  return (axis + about_first * first + about_second * second).normalized();
}

}  // namespace

std::optional<Eigen::Vector3d> DownFromEllipses(const std::vector<MeasuredEllipse>& ellipses,
                                                double height_radii) {
  if (ellipses.size() < 3) return std::nullopt;
  Eigen::Vector3d best = Eigen::Vector3d::UnitZ();
  double least = std::numeric_limits<double>::infinity();
  const auto consider = [&](const Eigen::Vector3d& down) {
    const double loss = LossOf(ellipses, down, height_radii);
    if (loss < least) {
      least = loss;
      best = down;
    }
  };
  // Rings of directions 8° apart, then ever smaller crosses about the best.
  for (int ring = 0; ring <= 8; ++ring) {
    const double angle = ring * dem::DegToRad(8);
    const int count = ring == 0 ? 1 : 6 * ring;
    for (int i = 0; i < count; ++i) {
      const double around = 2 * dem::kPi * i / count;
      consider({std::sin(angle) * std::cos(around), std::sin(angle) * std::sin(around), std::cos(angle)});
    }
  }
  for (double step = dem::DegToRad(4); step > dem::DegToRad(0.1);) {
    // `best` moves while its neighbours are considered.
    const Eigen::Vector3d centre = best;  // NOLINT(performance-unnecessary-copy-initialization)
    for (const auto& [x, y] : {std::pair{1, 0}, {-1, 0}, {0, 1}, {0, -1}})
      consider(Tilted(centre, x * step, y * step));
    if (best == centre) step *= 0.5;
  }
  return best;
}

std::vector<LaidOut> LayOut(const std::vector<MeasuredEllipse>& ellipses, const Eigen::Vector3d& down_in_cam,
                            double height_radii) {
  constexpr double kLeastFacing = 0.26;
  std::vector<LaidOut> laid_out;
  for (std::size_t i = 0; i < ellipses.size(); ++i) {
    const Eigen::Vector3d ray = ellipses[i].ellipse.centre.homogeneous().normalized();
    const auto hit = MeetGround(ray, down_in_cam, height_radii);
    if (!hit || -ray.dot(hit->up) < kLeastFacing) continue;
    // Area in the image plane = area on the ground · cos(emission) / (range² cos³(field angle)).
    const double stretch = std::sqrt(std::pow(ray.z(), 3) / -ray.dot(hit->up));
    laid_out.push_back({static_cast<int>(i), hit->range * ray, hit->up,
                        MeanRadius(ellipses[i].ellipse) * hit->range * stretch});
  }
  return laid_out;
}

}  // namespace perilune::vision
