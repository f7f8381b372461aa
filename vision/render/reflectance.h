#pragma once

namespace perilune::vision {

enum class Reflectance { kLambert, kLunarLambert, kHapke };

/// Cosines of incidence and emission, and the phase angle.
struct Photometry {
  double cos_incidence = 0;
  double cos_emission = 0;
  double phase_rad = 0;
};

/// Radiance factor I/F (π × bidirectional reflectance, illuminated by unit flux) of a surface whose normal
/// albedo is `albedo`: each law is scaled to `albedo` at zero incidence, emission and phase. Zero when the
/// Sun or the observer is below the horizon. Lunar-Lambert: McEwen (1991) with L(g) of McEwen (1996). Hapke:
/// Hapke (1993) IMSA with shadow-hiding opposition effect and Henyey-Greenstein phase function (parameters in
/// the source), no macroscopic roughness.
double RadianceFactor(Reflectance law, const Photometry& photometry, double albedo);

}  // namespace perilune::vision
