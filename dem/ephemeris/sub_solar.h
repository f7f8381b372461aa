#pragma once

#include <Eigen/Core>
#include <cstdint>

#include "dem/ephemeris/sun.h"
#include "dem/frames/site.h"

namespace perilune::dem {

/// Apparent position of the Sun's centre in `moon` at t_ns, m: the Earth by Simon et al. 1994 / Bretagnon
/// (ERFA's eraEpv00), the Moon by Meeus 1998 (eraMoon98), stellar aberration by the Moon's velocity, the
/// Moon's orientation by MoonFromInertial. Directions meet JPL DE421 within 0.004° in 1970–2050.
Eigen::Vector3d SunInMoon_m(std::int64_t t_ns);

/// Where the Sun is in the zenith.
LatLon SubSolarPoint(std::int64_t t_ns);

/// The Sun seen from the site's origin, with the angular radius of its distance.
Sun SunAt(std::int64_t t_ns, const Site& site);

/// The Sun in the zenith of a given point, one astronomical unit away, seen from the site's origin.
Sun SunOver(const LatLon& sub_solar, const Site& site);

/// Elevation above the site's horizontal plane, and azimuth from north, eastward in [0, 2π).
struct SunAngles {
  double elevation_rad = 0;
  double azimuth_rad = 0;
};
SunAngles AnglesOf(const Sun& sun);

/// The Sun of given angles (the inverse of AnglesOf), mean angular radius.
Sun SunFromAngles(const SunAngles& angles);

}  // namespace perilune::dem
