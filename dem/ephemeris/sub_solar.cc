#include "dem/ephemeris/sub_solar.h"

#include <erfa.h>
#include <erfam.h>

#include <algorithm>
#include <cmath>

#include "dem/ephemeris/moon_orientation.h"
#include "dem/ephemeris/time_scales.h"

namespace perilune::dem {
namespace {

constexpr double kSunRadius_m = 695.7e6;  // IAU 2015 nominal

/// Apparent Sun from the Moon's centre, ICRF axes, au.
Eigen::Vector3d ApparentSunInInertial_au(const JulianDate& tdb) {
  double earth_from_sun[2][3], earth_from_barycentre[2][3], moon_from_earth[2][3];
  eraEpv00(tdb.day, tdb.fraction, earth_from_sun, earth_from_barycentre);
  eraMoon98(tdb.day, tdb.fraction, moon_from_earth);
  double direction[3], velocity_c[3], apparent[3];
  Eigen::Vector3d sun_au;
  for (int i = 0; i < 3; ++i) {
    // The Sun's own motion during the light time (some km) is left out.
    sun_au[i] = -(earth_from_sun[0][i] + moon_from_earth[0][i]);
    velocity_c[i] = (earth_from_barycentre[1][i] + moon_from_earth[1][i]) * (ERFA_AULT / ERFA_DAYSEC);
  }
  const double distance_au = sun_au.norm();
  Eigen::Vector3d::Map(direction) = sun_au / distance_au;
  const double beta2 = Eigen::Vector3d::Map(velocity_c).squaredNorm();
  eraAb(direction, velocity_c, distance_au, std::sqrt(1 - beta2), apparent);
  return distance_au * Eigen::Vector3d::Map(apparent);
}

}  // namespace

Eigen::Vector3d SunInMoon_m(std::int64_t t_ns) {
  return MoonFromInertial(t_ns) * ApparentSunInInertial_au(TdbFromTai(t_ns)) * ERFA_DAU;
}

LatLon SubSolarPoint(std::int64_t t_ns) { return GeodeticFromMoon(SunInMoon_m(t_ns)).place; }

Sun SunAt(std::int64_t t_ns, const Site& site) {
  const Eigen::Vector3d sun_in_site = site.moon_from_site.inverse() * SunInMoon_m(t_ns);
  const double distance_m = sun_in_site.norm();
  return {sun_in_site / distance_m, std::asin(kSunRadius_m / distance_m)};
}

Sun SunOver(const LatLon& sub_solar, const Site& site) {
  const Eigen::Vector3d to_sun_in_moon =
      ERFA_DAU * DirectionInMoon(sub_solar) - site.moon_from_site.translation();
  Sun sun;
  sun.direction_to_sun_in_site = site.moon_from_site.linear().transpose() * to_sun_in_moon.normalized();
  return sun;
}

SunAngles AnglesOf(const Sun& sun) {
  const Eigen::Vector3d d = sun.direction_to_sun_in_site.normalized();
  const double azimuth_rad = std::atan2(d.x(), d.y());
  return {std::asin(std::clamp(d.z(), -1.0, 1.0)), azimuth_rad < 0 ? azimuth_rad + 2 * kPi : azimuth_rad};
}

Sun SunFromAngles(const SunAngles& angles) {
  const double c = std::cos(angles.elevation_rad);
  Sun sun;
  sun.direction_to_sun_in_site = {c * std::sin(angles.azimuth_rad), c * std::cos(angles.azimuth_rad),
                                  std::sin(angles.elevation_rad)};
  return sun;
}

}  // namespace perilune::dem
