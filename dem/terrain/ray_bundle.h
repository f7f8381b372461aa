#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "dem/terrain/simd_level.h"

namespace perilune::dem {

/// Rays traced together, as arrays of x, y and z in `site`. Each array has one element for each ray, or one
/// element that all rays share (the camera's centre; the direction to the Sun). Speed comes from neighbours:
/// thirty-two rays in a row should be neighbours in space (8 × 4 pixels), and so should each 256 (16 × 16).
struct RayBundle {
  std::array<std::span<const double>, 3> origin_in_site_m;
  std::array<std::span<const double>, 3> direction;  ///< unit vectors
  double min_range_m = 0;
  double max_range_m = std::numeric_limits<double>::infinity();

  int Count() const;
  /// Throws std::invalid_argument when the arrays differ in size.
  void Validate() const;
};

struct BundleHits {
  std::vector<double> range_m;     ///< NaN = no hit
  std::vector<std::int8_t> level;  ///< of the hit, 0 = finest; −1 = no hit
};

/// The surface under places; NaN where there is none.
struct SurfaceSamples {
  std::vector<double> dz_dx, dz_dy;  ///< slopes towards east and north: the normal is (−dz_dx, −dz_dy, 1)
  std::vector<double> albedo;
};

}  // namespace perilune::dem
