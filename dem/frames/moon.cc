#include "dem/frames/moon.h"

#include <cmath>

namespace perilune::dem {

double WrapLongitude(double longitude_rad) {
  const double wrapped = std::remainder(longitude_rad, 2 * kPi);
  return wrapped <= -kPi ? wrapped + 2 * kPi : wrapped;
}

Eigen::Vector3d DirectionInMoon(const LatLon& place) {
  const double c = std::cos(place.latitude_rad);
  return {c * std::cos(place.longitude_rad), c * std::sin(place.longitude_rad), std::sin(place.latitude_rad)};
}

Eigen::Vector3d PointInMoon(const LatLon& place, double height_m) {
  return (kMoonRadius_m + height_m) * DirectionInMoon(place);
}

Geodetic GeodeticFromMoon(const Eigen::Vector3d& point_in_moon) {
  const double horizontal = std::hypot(point_in_moon.x(), point_in_moon.y());
  return {{std::atan2(point_in_moon.z(), horizontal), std::atan2(point_in_moon.y(), point_in_moon.x())},
          point_in_moon.norm() - kMoonRadius_m};
}

}  // namespace perilune::dem
