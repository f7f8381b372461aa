#include "nav/fix/sun_axes.h"

#include <algorithm>
#include <cmath>

#include "dem/frames/moon.h"

namespace perilune::nav {

SunAxes SunAxesAt(const Eigen::Vector3d& point_in_site_m, const dem::Sun& sun) {
  const Eigen::Vector3d& to_sun = sun.direction_to_sun_in_site;
  SunAxes axes;
  axes.up = (point_in_site_m + Eigen::Vector3d(0, 0, dem::kMoonRadius_m)).normalized();
  axes.across = axes.up.cross(to_sun).stableNormalized();
  axes.along = axes.across.cross(axes.up);
  axes.elevation_rad = std::asin(std::clamp(axes.up.dot(to_sun), -1.0, 1.0));
  return axes;
}

}  // namespace perilune::nav
