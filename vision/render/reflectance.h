#pragma once

#include "vision/render/photometry.h"

namespace perilune::vision {

enum class Reflectance {
  kLambert,
  kLunarLambert,
  kHapke,          ///< HapkeParameters' defaults: a generic smooth soil
  kHapkeMare,      ///< MareSoil(), with macroscopic roughness
  kHapkeHighland,  ///< HighlandSoil(), with macroscopic roughness
};

/// Radiance factor I/F (π × bidirectional reflectance, illuminated by unit flux) of a surface whose normal
/// albedo is `albedo`: each law is scaled to `albedo` at zero incidence, emission and phase. Zero when the
/// Sun or the observer is below the horizon. Lunar-Lambert: McEwen (1991) with L(g) of McEwen (1996). Hapke:
/// HapkeLaw of the soil that the name tells.
double RadianceFactor(Reflectance law, const Photometry& photometry, double albedo);

/// Share of diffuse light (the same from everywhere) that such a surface sends back: its spherical albedo, 4
/// ∫∫∫ RadianceFactor dψ/2π μ dμ dμ0 (the factor holds μ0), in proportion to the normal albedo. Lambert: the
/// albedo itself.
double DiffuseAlbedo(Reflectance law, double albedo);

}  // namespace perilune::vision
