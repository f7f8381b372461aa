#include "vision/render/reflectance.h"

#include <algorithm>
#include <array>
#include <cmath>

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

/// DiffuseAlbedo of a normal albedo of 1 by midpoints in μ0, μ and azimuth: within 0.1 % of finer grids.
double DiffuseShare(Reflectance law) {
  constexpr int kSteps = 40;
  double sum = 0;
  for (int i = 0; i < kSteps; ++i) {
    const double in = (i + 0.5) / kSteps, across_in = std::sqrt(1 - in * in);
    for (int j = 0; j < kSteps; ++j) {
      const double out = (j + 0.5) / kSteps, across = across_in * std::sqrt(1 - out * out);
      for (int k = 0; k < kSteps; ++k) {
        const double cos_phase = in * out + across * std::cos(dem::kPi * (k + 0.5) / kSteps);
        sum += out * RadianceFactor(law, {in, out, std::acos(std::clamp(cos_phase, -1.0, 1.0))}, 1);
      }
    }
  }
  return 4 * sum / (kSteps * kSteps * kSteps);
}

}  // namespace

double DiffuseAlbedo(Reflectance law, double albedo) {
  static const std::array<double, 5> shares = [] {
    std::array<double, 5> all{};
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = DiffuseShare(static_cast<Reflectance>(i));
    return all;
  }();
  return albedo * shares.at(static_cast<std::size_t>(law));
}

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
