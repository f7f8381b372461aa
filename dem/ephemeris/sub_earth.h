#pragma once

#include <Eigen/Core>
#include <cstdint>

#include "dem/frames/site.h"

namespace perilune::dem {

/// Position of the Earth's centre in `moon` at t_ns, m: the Moon by Meeus 1998 (ERFA's eraMoon98: 10″ in
/// longitude, 4″ in latitude, some km in distance), the Moon's orientation by MoonFromInertial. Geometric:
/// light time and aberration (below 1″) are left out.
Eigen::Vector3d EarthInMoon_m(std::int64_t t_ns);

/// Where the Earth is in the zenith: the optical libration.
LatLon SubEarthPoint(std::int64_t t_ns);

}  // namespace perilune::dem
