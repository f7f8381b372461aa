#include "vision/render/earthshine.h"

#include <cmath>
#include <stdexcept>
#include <string>

#include "dem/ephemeris/sub_earth.h"
#include "dem/ephemeris/sub_solar.h"
#include "dem/frames/moon.h"

namespace perilune::vision {

void Earthshine::Validate() const {
  if (!(std::abs(direction_to_earth_in_site.norm() - 1) < 1e-6)) {
    throw std::invalid_argument("earthshine: direction_to_earth_in_site must be a unit vector");
  }
  if (!(share_of_sun >= 0 && share_of_sun <= 0.01)) {
    throw std::invalid_argument("earthshine: share_of_sun is " + std::to_string(share_of_sun) +
                                ", must be between 0 and 0.01");
  }
}

double EarthshineShare(double phase_rad, double distance_m, double albedo) {
  constexpr double kEarthRadius_m = 6371.0e3;  // mean
  const double across = kEarthRadius_m / distance_m;
  const double phase = (std::sin(phase_rad) + (dem::kPi - phase_rad) * std::cos(phase_rad)) / dem::kPi;
  return 2.0 / 3.0 * albedo * across * across * phase;
}

Earthshine EarthshineAt(std::int64_t t_ns, const dem::Site& site, double albedo) {
  const Eigen::Vector3d earth_in_moon_m = dem::EarthInMoon_m(t_ns);
  const Eigen::Vector3d earth_to_sun_m = dem::SunInMoon_m(t_ns) - earth_in_moon_m;
  const double phase_rad =
      std::atan2(earth_to_sun_m.cross(-earth_in_moon_m).norm(), earth_to_sun_m.dot(-earth_in_moon_m));
  const Eigen::Vector3d earth_in_site_m = site.moon_from_site.inverse() * earth_in_moon_m;
  return {earth_in_site_m.normalized(), EarthshineShare(phase_rad, earth_in_site_m.norm(), albedo)};
}

}  // namespace perilune::vision
