#pragma once

#include <cstdint>
#include <optional>

#include "dem/frames/moon.h"

namespace perilune::dem {

/// A crater of a catalogue. Its rim is an ellipse on the reference sphere.
struct Crater {
  std::int64_t id = 0;  ///< number in its catalogue
  LatLon centre;
  double height_m = 0;  ///< of the rim's plane above the sphere
  double semi_major_m = 0;
  double semi_minor_m = 0;
  double azimuth_rad = 0;  ///< of the major axis, from north, eastward
  std::optional<double> depth_m;
  double sigma_m = 0;  ///< 1 sigma of the centre, each axis; 0 = not declared
};

}  // namespace perilune::dem
