#include "dem/ephemeris/sub_earth.h"

#include <erfa.h>
#include <erfam.h>

#include "dem/ephemeris/moon_orientation.h"
#include "dem/ephemeris/time_scales.h"

namespace perilune::dem {

Eigen::Vector3d EarthInMoon_m(std::int64_t t_ns) {
  const JulianDate tdb = TdbFromTai(t_ns);
  double moon_from_earth[2][3];
  eraMoon98(tdb.day, tdb.fraction, moon_from_earth);
  return MoonFromInertial(t_ns) * Eigen::Vector3d::Map(moon_from_earth[0]) * -ERFA_DAU;
}

LatLon SubEarthPoint(std::int64_t t_ns) { return GeodeticFromMoon(EarthInMoon_m(t_ns)).place; }

}  // namespace perilune::dem
