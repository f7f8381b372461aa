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
  const double range = nearest - std::sqrt(std::max(0.0, squared));
  return (origin_in_moon + range * ray).normalized() * dem::kMoonRadius_m;
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
  for (const double u : {-0.5, 0.5 * right, right}) {
    for (const double v : {-0.5, 0.5 * bottom, bottom}) {
      const Eigen::Vector3d place = ground(u, v);
      angle_rad = std::max(angle_rad, std::atan2(place.cross(middle).norm(), place.dot(middle)));
    }
  }
  return index.Within(middle, kMargin * angle_rad);
}

}  // namespace perilune::vision
