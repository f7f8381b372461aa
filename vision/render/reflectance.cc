#include "vision/render/reflectance.h"

#include <algorithm>
#include <cmath>

#include "dem/frames/moon.h"

namespace perilune::vision {
namespace {

// Hapke parameters of a generic lunar soil in visible light: round numbers from the middle of published fits
// (general knowledge, no single source). Radiances are scaled by the albedo, so that they only set the shape.
constexpr double kSingleScatteringAlbedo = 0.25;
constexpr double kOppositionAmplitude = 1.0;
constexpr double kOppositionWidth = 0.06;  // = half width at half maximum of tan(g/2)
constexpr double kAsymmetry = -0.25;       // Henyey-Greenstein; negative = backward scattering

/// L(g) of McEwen (1996), a fit to Hapke's Moon; it leaves [0, 1] beyond about 106° and is held there.
double LimbDarkening(double phase_rad) {
  const double g = dem::RadToDeg(phase_rad);
  return std::clamp(1 + g * (-0.019 + g * (2.42e-4 - g * 1.46e-6)), 0.0, 1.0);
}

/// Hapke's (1981) approximation of Chandrasekhar's H function.
double MultipleScattering(double cosine) {
  constexpr double kGamma = 0.8660254037844386;  // √(1 − w)
  static_assert(kGamma * kGamma + kSingleScatteringAlbedo - 1 < 1e-15);
  static_assert(1 - kGamma * kGamma - kSingleScatteringAlbedo < 1e-15);
  return (1 + 2 * cosine) / (1 + 2 * cosine * kGamma);
}

/// π r(i, e, g) of Hapke (1993), isotropic multiple scattering.
double HapkeRadianceFactor(const Photometry& p) {
  const double opposition = kOppositionAmplitude / (1 + std::tan(p.phase_rad / 2) / kOppositionWidth);
  const double b = kAsymmetry;
  const double particle = (1 - b * b) / std::pow(1 + 2 * b * std::cos(p.phase_rad) + b * b, 1.5);
  const double multiple = MultipleScattering(p.cos_incidence) * MultipleScattering(p.cos_emission) - 1;
  return kSingleScatteringAlbedo / 4 * p.cos_incidence / (p.cos_incidence + p.cos_emission) *
         ((1 + opposition) * particle + multiple);
}

}  // namespace

double RadianceFactor(Reflectance law, const Photometry& photometry, double albedo) {
  const double incidence = photometry.cos_incidence, emission = photometry.cos_emission;
  if (!(incidence > 0 && emission > 0)) return 0;
  switch (law) {
    case Reflectance::kLambert:
      return albedo * incidence;
    case Reflectance::kLunarLambert: {
      const double share = LimbDarkening(photometry.phase_rad);
      return albedo * incidence * (2 * share / (incidence + emission) + 1 - share);
    }
    case Reflectance::kHapke: {
      static const double normal = HapkeRadianceFactor({1, 1, 0});
      return albedo / normal * HapkeRadianceFactor(photometry);
    }
  }
  return 0;
}

}  // namespace perilune::vision
