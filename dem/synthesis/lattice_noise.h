#pragma once

#include <cstdint>
#include <vector>

namespace perilune::dem {

/// Band-limited noise of one octave of wavelength: hashed values on a lattice of wavelength/3, high-passed by
/// a discrete Laplacian (no power at long wavelengths), interpolated by a cubic B-spline (C2, none at short
/// ones). Zero mean; a pure function of (x, y, seed, stream).
struct NoiseOctave {
  double wavelength_m = 1;
  double amplitude = 1;  ///< multiplies noise whose 1 sigma is kLatticeSigma
  std::uint64_t stream = 0;
};

/// 1 sigma of unit lattice noise, and of its gradient's magnitude per lattice cell (integrals of its
/// spectrum).
inline constexpr double kLatticeSigma = 0.3166465;
inline constexpr double kLatticeSlope = 0.7383855;
/// Lattice cells a wavelength.
inline constexpr double kLatticePerWavelength = 3;

/// Adds the octave to a tile: `tile` is row-major, one row for each of `ys_m`, one column for each of `xs_m`.
void AddNoise(const NoiseOctave& octave, std::uint64_t seed, const std::vector<double>& xs_m,
              const std::vector<double>& ys_m, std::vector<float>& tile);

}  // namespace perilune::dem
