#include "dem/frames/site.h"

#include <cmath>
#include <stdexcept>
#include <string>

namespace perilune::dem {

Site MakeSite(const LatLon& origin) {
  if (!std::isfinite(origin.longitude_rad) || !(std::abs(origin.latitude_rad) <= kPi / 2)) {
    throw std::invalid_argument("site origin: latitude " + std::to_string(RadToDeg(origin.latitude_rad)) +
                                " deg, longitude " + std::to_string(RadToDeg(origin.longitude_rad)) +
                                " deg is no place on the Moon");
  }
  const double sin_lat = std::sin(origin.latitude_rad), cos_lat = std::cos(origin.latitude_rad);
  const double sin_lon = std::sin(origin.longitude_rad), cos_lon = std::cos(origin.longitude_rad);
  Site site;
  site.origin = {origin.latitude_rad, WrapLongitude(origin.longitude_rad)};
  Eigen::Matrix3d rotation;
  rotation.col(0) << -sin_lon, cos_lon, 0;
  rotation.col(1) << -sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat;
  rotation.col(2) << cos_lat * cos_lon, cos_lat * sin_lon, sin_lat;
  site.moon_from_site.linear() = rotation;
  site.moon_from_site.translation() = PointInMoon(site.origin);
  return site;
}

Geodetic GeodeticFromSite(const Site& site, const Eigen::Vector3d& point_in_site) {
  return GeodeticFromMoon(site.moon_from_site * point_in_site);
}

Eigen::Vector3d PointInSite(const Site& site, const Geodetic& geodetic) {
  return site.moon_from_site.inverse() * PointInMoon(geodetic.place, geodetic.height_m);
}

double ZInSite(double x_m, double y_m, double height_m) {
  // r − R written without cancellation: z = h − s² / (r + √(r² − s²)) with r = R + h, s² = x² + y².
  const double r = kMoonRadius_m + height_m;
  const double s2 = x_m * x_m + y_m * y_m;
  return height_m - s2 / (r + std::sqrt(r * r - s2));
}

double HeightAboveSphere(const Eigen::Vector3d& point_in_site) {
  const double s2 = point_in_site.head<2>().squaredNorm();
  const double z = point_in_site.z();
  // √(s² + (R + z)²) − R without cancellation.
  return (s2 + z * (2 * kMoonRadius_m + z)) /
         (std::sqrt(s2 + (kMoonRadius_m + z) * (kMoonRadius_m + z)) + kMoonRadius_m);
}

}  // namespace perilune::dem
