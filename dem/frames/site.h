#pragma once

#include <Eigen/Geometry>

#include "dem/frames/moon.h"

namespace perilune::dem {

/// East-north-up frame whose origin lies on the reference sphere at `origin`.
struct Site {
  LatLon origin;
  Eigen::Isometry3d moon_from_site = Eigen::Isometry3d::Identity();
};

/// Site at a place. At a pole the longitude decides where east points. Throws std::invalid_argument when the
/// latitude is not finite or outside ±π/2.
Site MakeSite(const LatLon& origin);

/// Place and height above the sphere of a point given in `site`.
Geodetic GeodeticFromSite(const Site& site, const Eigen::Vector3d& point_in_site);

/// Point in `site` of a place at a height above the sphere.
Eigen::Vector3d PointInSite(const Site& site, const Geodetic& geodetic);

/// The Moon's centre in `site`: (0, 0, −R).
inline Eigen::Vector3d MoonCentreInSite() { return {0, 0, -kMoonRadius_m}; }

/// z in `site` of the point at horizontal (x, y) whose height above the sphere is `height_m`
/// (|P − centre| = R + h).
double ZInSite(double x_m, double y_m, double height_m);

/// Height above the sphere of a point in `site`; inverse of ZInSite.
double HeightAboveSphere(const Eigen::Vector3d& point_in_site);

}  // namespace perilune::dem
