#include "vision/render/reflectance.h"

#include <algorithm>

#include "dem/frames/moon.h"
#include "vision/render/hapke.h"

namespace perilune::vision {
namespace {

/// L(g) of McEwen (1996), a fit to Hapke's Moon; it leaves [0, 1] beyond about 106° and is held there.
double LimbDarkening(double phase_rad) {
  const double g = dem::RadToDeg(phase_rad);
  return std::clamp(1 + g * (-0.019 + g * (2.42e-4 - g * 1.46e-6)), 0.0, 1.0);
}

double Scaled(const HapkeLaw& law, const Photometry& photometry, double albedo) {
  return albedo / law.NormalAlbedo() * law.RadianceFactor(photometry);
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
      static const HapkeLaw generic{HapkeParameters()};
      return Scaled(generic, photometry, albedo);
    }
    case Reflectance::kHapkeMare: {
      static const HapkeLaw mare(MareSoil());
      return Scaled(mare, photometry, albedo);
    }
    case Reflectance::kHapkeHighland: {
      static const HapkeLaw highland(HighlandSoil());
      return Scaled(highland, photometry, albedo);
    }
  }
  return 0;
}

}  // namespace perilune::vision
