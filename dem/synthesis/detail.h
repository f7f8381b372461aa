#pragma once

#include <cstdint>

#include "dem/raster/grid.h"
#include "dem/synthesis/craters.h"
#include "dem/synthesis/plane_window.h"

namespace perilune::dem {

/// What a grid shows: craters and waves of at least this many of its cells.
inline constexpr double kCellsPerFeature = 4;

/// Craters and fractal relief within a band of sizes. All levels of one world use one seed, law and
/// roughness, and bands that meet without overlap: their sum is then one self-consistent ground.
struct DetailOptions {
  std::uint64_t seed = 1;
  /// Craters with min ≤ D < max, m.
  double min_diameter_m = 4;
  double max_diameter_m = 64;
  CraterLaw craters;
  /// Octaves of wavelength 2^k m with shortest ≤ wavelength < longest.
  double fractal_shortest_m = 4;
  double fractal_longest_m = 64;
  /// RMS slope (gradient magnitude) of the octave of 128 m; other octaves follow with wavelength^(hurst − 1).
  /// With the craters of the default law the ground has some 9° at a baseline of 25 m, as lunar uplands have
  /// (Rosenburg 2011).
  double fractal_slope_rad = 0.045;
  /// Hurst exponent: 0.95 in uplands, 0.76 in maria over 17 m – 2.7 km (Rosenburg 2011).
  double hurst = 0.95;

  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

/// Adds detail to `height_m`, a grid of `window`'s shape (heights above the sphere or site z, m; NaN stays).
/// Its expected mean is zero. A pure function of (x, y, options): a window gets bit for bit what a larger one
/// on the same lattice gets there, with any number of threads. Throws std::invalid_argument for options or
/// shapes that do not fit.
void AddLunarDetail(Grid<float>& height_m, const PlaneWindow& window, const DetailOptions& options);

/// Expected height of the craters of these options, m (negative: fresh bowls hold more than their blankets).
double ExpectedCraterHeight_m(const DetailOptions& options);

}  // namespace perilune::dem
