#pragma once

#include <Eigen/Core>

namespace perilune::dem {

/// Radius of the IAU 2015 reference sphere, m; all heights are above it.
inline constexpr double kMoonRadius_m = 1'737'400.0;
/// Gravitational parameter, m³/s² (FACTS: DE421/GRAIL).
inline constexpr double kMoonGm_m3ps2 = 4.902800066e12;
/// Sidereal rotation rate about the moon frame's +z, rad/s (FACTS).
inline constexpr double kMoonRotation_radps = 2.661'699'5e-6;

inline constexpr double kPi = 3.14159265358979323846;
constexpr double DegToRad(double deg) { return deg * (kPi / 180.0); }
constexpr double RadToDeg(double rad) { return rad * (180.0 / kPi); }

/// Planetocentric latitude in [-π/2, π/2] and east longitude in (−π, π].
struct LatLon {
  double latitude_rad = 0;
  double longitude_rad = 0;
};

/// A place with its height above the reference sphere.
struct Geodetic {
  LatLon place;
  double height_m = 0;
};

/// Longitude folded into (−π, π].
double WrapLongitude(double longitude_rad);

/// Unit vector in `moon` of the direction through `place`.
Eigen::Vector3d DirectionInMoon(const LatLon& place);

/// Point in `moon` (m) at `height_m` above the sphere.
Eigen::Vector3d PointInMoon(const LatLon& place, double height_m = 0);

/// Inverse of PointInMoon; the Moon's centre gives latitude = longitude = 0 and height −R.
Geodetic GeodeticFromMoon(const Eigen::Vector3d& point_in_moon);

}  // namespace perilune::dem
