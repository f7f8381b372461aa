#pragma once

#include <cstdint>

#include "dem/raster/grid.h"
#include "dem/synthesis/craters.h"
#include "dem/synthesis/plane_window.h"

namespace perilune::dem {

/// Normal-albedo texture: correlated variation over a band of wavelengths, and bright blankets around the
/// fresh craters that AddLunarDetail draws from the same seed and law.
struct AlbedoOptions {
  std::uint64_t seed = 1;
  /// Mean normal albedo: 0.07–0.10 in maria, 0.14–0.18 in uplands.
  double mean = 0.12;
  /// 1 sigma of the correlated variation relative to the mean; real ground has 0.05–0.10.
  double sigma = 0.065;
  /// Octaves of wavelength 2^k m with shortest ≤ wavelength < longest, of equal power. Those below 3 cells
  /// are averaged out by the grid and left out.
  double shortest_m = 10;
  double longest_m = 300;
  /// Relative brightening at the rim of a perfectly fresh crater; craters more degraded than `halo_until`
  /// have none.
  double halo = 0.3;
  double halo_until = 0.35;
  /// Diameters with halos, m; those below 3 cells are left out.
  double halo_min_diameter_m = 4;
  double halo_max_diameter_m = 1000;
  CraterLaw craters;

  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

/// Albedo on a grid of `window`'s shape; positive; a pure function of (x, y, spacing, options), window by
/// window bit for bit as AddLunarDetail.
Grid<float> AlbedoTexture(const PlaneWindow& window, const AlbedoOptions& options);

}  // namespace perilune::dem
