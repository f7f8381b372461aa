#pragma once

#include <Eigen/Core>
#include <cstdint>

#include "dem/frames/site.h"

namespace perilune::vision {

/// Sunlight from the Earth as one direction (its disc of 1.9° is not cut: hard shadows).
struct Earthshine {
  Eigen::Vector3d direction_to_earth_in_site = Eigen::Vector3d::UnitZ();  ///< unit
  /// Irradiance as a share of the Sun's at the Moon: independent of the Sun's distance, and of the band as
  /// far as the Earth is grey.
  double share_of_sun = 0;

  /// Throws std::invalid_argument naming field and value: a unit vector, a share of 0 to 0.01.
  void Validate() const;
};

/// Albedo of the Lambert sphere that sends the Moon as much light as the Earth does: 0.297 ± 0.005 on the
/// mean, 5 % from day to day (Goode et al. 2001, GRL 28, 1671, 400–700 nm, from earthshine).
inline constexpr double kEarthAlbedo = 0.297;

/// Share of the Sun's irradiance that the Earth sends to a place at a distance: 2/3 A (R/d)² times Lambert's
/// phase function [sin α + (π − α) cos α]/π. α is the angle at the Earth between the Sun and the Moon: 180°
/// less the Moon's own phase angle. 384 400 km off, at α = 0, this is 5.44e-5, 0.074 W/m²: Glenar et al. 2019
/// (Icarus 321, 841) have 0.15 W/m² at full Earth, about half of it sunlight. The visual magnitudes of
/// Mallama & Hilton 2018 (Astron. Comput. 25, 10) give 2.2 times as much at α = 0 and 1.6 times at 90°: the
/// Earth is no Lambert sphere, and bluer than the Sun.
double EarthshineShare(double phase_rad, double distance_m, double albedo = kEarthAlbedo);

/// Earthshine at the site's origin at t_ns (TAI).
Earthshine EarthshineAt(std::int64_t t_ns, const dem::Site& site, double albedo = kEarthAlbedo);

}  // namespace perilune::vision
