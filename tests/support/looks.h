#pragma once

#include <Eigen/Geometry>

#include "dem/ephemeris/sub_solar.h"
#include "dem/frames/moon.h"

namespace perilune::test {

/// Pose of a camera at `place_m` of the site that looks straight down: image right is east, image down is
/// south.
inline Eigen::Isometry3d LookDown(const Eigen::Vector3d& place_m) {
  Eigen::Isometry3d pose = Eigen::Isometry3d::Identity();
  pose.linear().diagonal() << 1, -1, -1;
  pose.translation() = place_m;
  return pose;
}

/// The Sun at an elevation and an azimuth (from north over east) in the site's frame.
inline dem::Sun SunAt(double elevation_deg, double azimuth_deg) {
  return dem::SunFromAngles({dem::DegToRad(elevation_deg), dem::DegToRad(azimuth_deg)});
}

}  // namespace perilune::test
