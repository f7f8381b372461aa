#include "vision/render/hapke.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "dem/checks/require.h"
#include "dem/frames/moon.h"

namespace perilune::vision {
namespace {

/// Double Henyey-Greenstein function, normalised to a mean of 1 over the sphere.
double ParticlePhase(const HapkeParameters& p, double cos_phase) {
  const double b = p.lobe_width;
  const auto lobe = [b](double x) { return (1 - b * b) / (x * std::sqrt(x)); };
  const double backward = lobe(1 - 2 * b * cos_phase + b * b);
  if (p.backward_asymmetry == 1) return backward;
  const double forward = lobe(1 + 2 * b * cos_phase + b * b);
  return (1 + p.backward_asymmetry) / 2 * backward + (1 - p.backward_asymmetry) / 2 * forward;
}

/// Sato et al. (2014): c from b (their form of Hapke's "hockey stick") and B0 from w·p(0)·B0 = 2.459 w +
/// 0.078.
HapkeParameters SatoSoil(double w, double b, double h) {
  HapkeParameters soil;
  soil.single_scattering_albedo = w;
  soil.lobe_width = b;
  soil.backward_asymmetry = 3.29 * std::exp(-17.4 * b * b) - 0.908;
  soil.opposition_amplitude = (2.459 * w + 0.078) / (w * ParticlePhase(soil, 1));
  soil.opposition_width = h;
  soil.roughness_rad = dem::DegToRad(23.4);
  soil.h_function = HFunction::kHapke2002;
  return soil;
}

/// Direction of a ray against the mean surface, with the two exponentials of Hapke (2012), eqs. 12.45b and c.
struct Slant {
  double cosine, sine;
  double e1, e2;

  Slant(double c, double tan_roughness) : cosine(std::min(c, 1.0)), sine(std::sqrt(1 - cosine * cosine)) {
    const double steepness = cosine / (sine * tan_roughness);  // cot θ̄ cot x; infinite overhead
    e1 = std::exp(-2 / dem::kPi * steepness);
    e2 = std::exp(-steepness * steepness / dem::kPi);
  }

  /// η(x), eqs. 12.48 and 12.49: the effective cosine in the principal plane, without χ.
  double InPlane(double tan_roughness) const { return cosine + sine * tan_roughness * e2 / (2 - e1); }
};

/// cos ψ between the planes of incidence and emission.
double CosAzimuth(const Slant& incidence, const Slant& emission, double cos_phase) {
  const double sines = incidence.sine * emission.sine;
  if (sines < 1e-12) return 1;  // one ray is vertical: the azimuth does not matter
  return std::clamp((cos_phase - incidence.cosine * emission.cosine) / sines, -1.0, 1.0);
}

}  // namespace

void HapkeParameters::Validate() const {
  dem::Require(single_scattering_albedo >= 0 && single_scattering_albedo < 1,
               "hapke.single_scattering_albedo", single_scattering_albedo, "0 or more and below 1");
  dem::Require(lobe_width >= 0 && lobe_width < 1, "hapke.lobe_width", lobe_width, "0 or more and below 1");
  dem::Require(backward_asymmetry >= -1 && backward_asymmetry <= 1, "hapke.backward_asymmetry",
               backward_asymmetry, "between -1 and 1");
  dem::Require(opposition_amplitude >= 0 && std::isfinite(opposition_amplitude), "hapke.opposition_amplitude",
               opposition_amplitude, "0 or more");
  dem::Require(opposition_width > 0 && std::isfinite(opposition_width), "hapke.opposition_width",
               opposition_width, "positive");
  dem::Require(roughness_rad >= 0 && roughness_rad <= dem::DegToRad(60), "hapke.roughness_rad", roughness_rad,
               "between 0 and 60 degrees");
}

HapkeParameters MareSoil() { return SatoSoil(0.23, 0.26, 0.050); }
HapkeParameters HighlandSoil() { return SatoSoil(0.385, 0.23, 0.074); }

HapkeLaw::HapkeLaw(const HapkeParameters& parameters) : parameters_(parameters) {
  parameters.Validate();
  gamma_ = std::sqrt(1 - parameters.single_scattering_albedo);
  tan_roughness_ = std::tan(parameters.roughness_rad);
  mean_cosine_ = 1 / std::sqrt(1 + dem::kPi * tan_roughness_ * tan_roughness_);
  normal_albedo_ = RadianceFactor({1, 1, 0});
}

double HapkeLaw::MultipleScattering(double x) const {
  if (parameters_.h_function == HFunction::kHapke1981) return (1 + 2 * x) / (1 + 2 * x * gamma_);
  if (x <= 0) return 1;
  const double r0 = (1 - gamma_) / (1 + gamma_);  // diffusive reflectance
  return 1 /
         (1 - parameters_.single_scattering_albedo * x * (r0 + (1 - 2 * r0 * x) / 2 * std::log((1 + x) / x)));
}

double HapkeLaw::SmoothRadianceFactor(double cos_incidence, double cos_emission, double cos_phase) const {
  const double tan_half_phase = std::sqrt((1 - cos_phase) / (1 + cos_phase));
  const double opposition =
      parameters_.opposition_amplitude / (1 + tan_half_phase / parameters_.opposition_width);
  const double multiple = MultipleScattering(cos_incidence) * MultipleScattering(cos_emission) - 1;
  return parameters_.single_scattering_albedo / 4 * cos_incidence / (cos_incidence + cos_emission) *
         ((1 + opposition) * ParticlePhase(parameters_, cos_phase) + multiple);
}

// The steeper ray's shadows lie within those of the flatter one when both come from the same azimuth. Hapke's
// two cases (i ≤ e, e ≤ i) are one with the rays' roles exchanged, which makes reciprocity exact.
double HapkeLaw::RoughRadianceFactor(double cos_incidence, double cos_emission, double cos_phase) const {
  const Slant incidence(cos_incidence, tan_roughness_), emission(cos_emission, tan_roughness_);
  const bool sun_is_higher = incidence.cosine >= emission.cosine;
  const Slant& high = sun_is_higher ? incidence : emission;
  const Slant& low = sun_is_higher ? emission : incidence;

  const double cos_azimuth = CosAzimuth(incidence, emission, cos_phase);
  const double half_sine_squared = (1 - cos_azimuth) / 2;
  const double denominator = 2 - low.e1 - std::acos(cos_azimuth) / dem::kPi * high.e1;
  // Effective cosines, eqs. 12.46, 12.47, 12.52 and 12.53.
  const double high_cosine =
      mean_cosine_ * (high.cosine + high.sine * tan_roughness_ *
                                        (cos_azimuth * low.e2 + half_sine_squared * high.e2) / denominator);
  const double low_cosine =
      mean_cosine_ *
      (low.cosine + low.sine * tan_roughness_ * (low.e2 - half_sine_squared * high.e2) / denominator);

  const double sun_cosine = sun_is_higher ? high_cosine : low_cosine;
  const double view_cosine = sun_is_higher ? low_cosine : high_cosine;

  // Shadowing, eqs. 12.50, 12.51 and 12.54; χ cancels.
  const double hidden = std::exp(-2 * std::sqrt(half_sine_squared / (1 - half_sine_squared)));
  const double lit = incidence.cosine / incidence.InPlane(tan_roughness_);
  const double seen = view_cosine / mean_cosine_ / emission.InPlane(tan_roughness_);
  const double high_share = high.cosine / high.InPlane(tan_roughness_);
  const double shadowing = lit * seen / (1 - hidden + hidden * high_share);
  return shadowing * SmoothRadianceFactor(sun_cosine, view_cosine, cos_phase);
}

double HapkeLaw::RadianceFactor(const Photometry& photometry) const {
  const double incidence = photometry.cos_incidence, emission = photometry.cos_emission;
  if (!(incidence > 0 && emission > 0)) return 0;
  const double cos_phase = std::cos(photometry.phase_rad);
  return parameters_.roughness_rad == 0 ? SmoothRadianceFactor(incidence, emission, cos_phase)
                                        : RoughRadianceFactor(incidence, emission, cos_phase);
}

}  // namespace perilune::vision
