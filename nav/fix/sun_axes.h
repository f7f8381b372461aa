#pragma once

#include <Eigen/Core>

#include "dem/ephemeris/sun.h"

namespace perilune::nav {

/// The local vertical of a place and the Sun's azimuth there, unit vectors in `site`.
struct SunAxes {
  Eigen::Vector3d along =
      Eigen::Vector3d::Zero();  ///< level, towards the Sun; zero under a Sun in the zenith
  Eigen::Vector3d across = Eigen::Vector3d::Zero();  ///< level, to the left of it; zero likewise
  Eigen::Vector3d up = Eigen::Vector3d::UnitZ();
  double elevation_rad = 0;
};

SunAxes SunAxesAt(const Eigen::Vector3d& point_in_site_m, const dem::Sun& sun);

}  // namespace perilune::nav
