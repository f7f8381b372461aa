#pragma once

#include <optional>
#include <vector>

#include "dem/raster/grid.h"

namespace perilune::dem {

/// Power spectrum of profiles along rows and columns (Hann window, mean and trend taken off), averaged.
/// power[k] is that of wavelength side/k, k ≥ 1, in m³.
struct ProfileSpectrum {
  double side_m = 0;
  std::vector<double> power_m3;
};

/// Of a square without missing cells; throws std::invalid_argument for another grid or fewer than 64 cells.
ProfileSpectrum SpectrumOf(const Grid<float>& height_m, double spacing_m);

/// Wavelength, m, at which a DEM has lost all but 0.3 of the ground's power, taken as a Gaussian blur: there
/// its spectrum falls by 2.4 powers of the frequency more than the ground's own, f^−(2H + 1) with H = 0.75
/// … 1. So it is the longest wavelength where the spectrum's slope over an octave is below −5.5, and stays
/// so. Empty where it never is: the DEM resolves two of its cells, or shows nothing at all. Blurred synthetic
/// ground is found to 25 % (test).
std::optional<double> EffectiveResolution_m(const ProfileSpectrum& spectrum);

}  // namespace perilune::dem
