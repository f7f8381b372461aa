#pragma once

#include "vision/render/photometry.h"

namespace perilune::vision {

/// How Chandrasekhar's H function for isotropic scatterers is approximated.
enum class HFunction {
  kHapke1981,  ///< (1 + 2x) / (1 + 2xγ): below 4 % off up to w = 0.9; has closed integrals
  kHapke2002,  ///< Hapke (2002): below 1 % off; what Sato et al. (2014) fitted with
};

/// Parameters of Hapke's bidirectional reflectance. The defaults are a generic lunar soil in visible light:
/// round numbers from the middle of published fits (general knowledge, no single source), smooth.
struct HapkeParameters {
  /// w, share of the light that a grain scatters; in [0, 1).
  double single_scattering_albedo = 0.25;
  /// b of the double Henyey-Greenstein function, width of both lobes; in [0, 1).
  double lobe_width = 0.25;
  /// c of the double Henyey-Greenstein function: (1 + c)/2 is the share of the backward lobe, in [−1, 1].
  /// With 1 the function is the one-term one of asymmetry −b, with −1 that of asymmetry +b.
  double backward_asymmetry = 1;
  /// B0 of the shadow-hiding opposition effect: the surge at zero phase as a share of single scattering. 0 =
  /// none; fits give more than 1, which shadow hiding alone cannot.
  double opposition_amplitude = 1;
  /// h, tan(g/2) at which the surge has fallen to a half; above 0.
  double opposition_width = 0.06;
  /// θ̄, mean slope of the relief below a pixel; in [0, 60°]. 0 = smooth.
  double roughness_rad = 0;
  HFunction h_function = HFunction::kHapke1981;

  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

/// Sato et al. (2014), LRO WAC at 643 nm. b, h and θ̄ = 23.4° as that paper is quoted for the maria and the
/// highlands, c and B0 by its relations c(b) and B0(w, b, c), w of the Apollo 11 tile and of the median
/// within 30° of the equator. All from secondary sources: docs/imaging.md has them.
HapkeParameters MareSoil();
HapkeParameters HighlandSoil();

/// Hapke's law for one soil: what depends on the parameters alone is computed once.
class HapkeLaw {
 public:
  /// Throws std::invalid_argument for bad parameters.
  explicit HapkeLaw(const HapkeParameters& parameters);

  /// I/F = π r(i, e, g): Hapke (1993) IMSA with the opposition effect of Hapke (1986) and the macroscopic
  /// roughness of Hapke (1984) (Hapke 2012, eq. 12.55 without porosity and coherent backscatter). Zero when
  /// Sun or viewer are below the horizon. Divided by cos i it is symmetric in i and e.
  double RadianceFactor(const Photometry& photometry) const;

  /// I/F at zero incidence, emission and phase.
  double NormalAlbedo() const { return normal_albedo_; }

 private:
  double SmoothRadianceFactor(double cos_incidence, double cos_emission, double cos_phase) const;
  double RoughRadianceFactor(double cos_incidence, double cos_emission, double cos_phase) const;
  double MultipleScattering(double cosine) const;

  HapkeParameters parameters_;
  double gamma_;  // √(1 − w)
  double tan_roughness_;
  double mean_cosine_;  // χ(θ̄), of the facets' slopes
  double normal_albedo_;
};

}  // namespace perilune::vision
