#include "vision/craters/crater_map.h"

#include <algorithm>
#include <cmath>

namespace perilune::vision {

CraterMap::CraterMap(const std::vector<dem::Crater>& craters) : index_(craters) {
  rims_.reserve(craters.size());
  mean_radius_m_.reserve(craters.size());
  for (const dem::Crater& crater : craters) {
    rims_.push_back(RimOf(crater));
    mean_radius_m_.push_back(std::sqrt(crater.semi_major_m * crater.semi_minor_m));
  }
}

Eigen::Vector3d GroundOrHorizon(const Eigen::Vector3d& origin_in_moon, const Eigen::Vector3d& ray_in_moon) {
  const Eigen::Vector3d ray = ray_in_moon.normalized();
  const double nearest = -origin_in_moon.dot(ray);
  const double squared =
      dem::kMoonRadius_m * dem::kMoonRadius_m - origin_in_moon.squaredNorm() + nearest * nearest;
  if (nearest > 0 && squared >= 0) return origin_in_moon + (nearest - std::sqrt(squared)) * ray;
  const Eigen::Vector3d up = origin_in_moon.normalized();
  Eigen::Vector3d outward = ray - ray.dot(up) * up;
  outward = outward.norm() > 1e-9 ? Eigen::Vector3d(outward.normalized()) : up.unitOrthogonal();
  const double cosine = std::min(1.0, dem::kMoonRadius_m / origin_in_moon.norm());
  return dem::kMoonRadius_m * (cosine * up + std::sqrt(1 - cosine * cosine) * outward);
}

std::vector<int> CratersInFootprint(const dem::CraterIndex& index, const Camera& camera,
                                    const Eigen::Isometry3d& moon_from_cam) {
  constexpr double kMargin = 1.05;
  const double right = camera.width_px - 0.5, bottom = camera.height_px - 0.5;
  const auto ground = [&](double u, double v) {
    Eigen::Vector3d ray = camera.Unproject({u, v});
    if (!ray.allFinite()) ray = Eigen::Vector3d::UnitZ();
    return GroundOrHorizon(moon_from_cam.translation(), moon_from_cam.linear() * ray).normalized();
  };
  const Eigen::Vector3d middle = ground(0.5 * right, 0.5 * bottom);
  double angle_rad = 0;
  const auto reach_to = [&](double u, double v) {
    const Eigen::Vector3d place = ground(u, v);
    angle_rad = std::max(angle_rad, std::atan2(place.cross(middle).norm(), place.dot(middle)));
  };
  constexpr int kSteps = 12;  // the horizon may cross an edge anywhere
  for (int i = 0; i <= kSteps; ++i) {
    const double along = static_cast<double>(i) / kSteps;
    for (const double side : {0.0, 1.0}) {
      reach_to(-0.5 + along * (right + 0.5), -0.5 + side * (bottom + 0.5));
      reach_to(-0.5 + side * (right + 0.5), -0.5 + along * (bottom + 0.5));
    }
  }
  return index.Within(middle, kMargin * angle_rad);
}

}  // namespace perilune::vision
