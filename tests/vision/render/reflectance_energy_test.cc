// How much light each law sends back in all, against closed forms where there are some, else by two
// quadratures that share nothing.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>
#include <vector>

#include "dem/frames/moon.h"
#include "tests/vision/render/exact_h.h"
#include "vision/render/hapke.h"
#include "vision/render/reflectance.h"

namespace perilune::vision {
namespace {

using Law = std::function<double(const Photometry&)>;

Photometry Geometry(double cos_incidence, double cos_emission, double azimuth_rad) {
  const double cos_phase = cos_incidence * cos_emission + std::sqrt((1 - cos_incidence * cos_incidence) *
                                                                    (1 - cos_emission * cos_emission)) *
                                                              std::cos(azimuth_rad);
  return {cos_incidence, cos_emission, std::acos(std::clamp(cos_phase, -1.0, 1.0))};
}

/// Directional-hemispherical reflectance 1/μ0 ∫ r μ dΩ = 1/(π μ0) ∫∫ I/F μ dμ dψ by Gauss-Legendre in μ and
/// in the azimuth from the opposition point outwards.
double HemisphereByGauss(const Law& law, double cos_incidence, int count) {
  const test::Quadrature rule = test::GaussLegendre(count);
  double sum = 0;
  for (std::size_t i = 0; i < rule.nodes.size(); ++i) {
    // Two panels meet where the emission passes the incidence: the rough law has a kink there.
    for (const bool upper : {false, true}) {
      const double start = upper ? cos_incidence : 0, width = upper ? 1 - cos_incidence : cos_incidence;
      const double mu = start + width * rule.nodes[i];
      for (std::size_t k = 0; k < rule.nodes.size(); ++k) {
        // ψ = π t³: dense around the surge and the root-like start of the azimuth's terms.
        const double t = rule.nodes[k], azimuth = dem::kPi * t * t * t;
        sum += rule.weights[i] * width * rule.weights[k] * 3 * dem::kPi * t * t * mu *
               law(Geometry(cos_incidence, mu, azimuth));
      }
    }
  }
  return 2 * sum / (dem::kPi * cos_incidence);
}

/// The same by the midpoint rule on the hemisphere's projection, a disc cut into rings of equal area and
/// sectors: μ dΩ is its area.
double HemisphereByMidpoints(const Law& law, double cos_incidence, int count) {
  double sum = 0;
  for (int i = 0; i < count; ++i) {
    const double cos_emission = std::sqrt(1 - (i + 0.5) / count);
    for (int k = 0; k < count; ++k) {
      sum += law(Geometry(cos_incidence, cos_emission, dem::kPi * (k + 0.5) / count));
    }
  }
  return sum / (static_cast<double>(count) * count * cos_incidence);
}

Law LawOf(const HapkeParameters& soil) {
  return [law = HapkeLaw(soil)](const Photometry& p) { return law.RadianceFactor(p); };
}

HapkeParameters Isotropic(double w) {
  HapkeParameters soil;
  soil.single_scattering_albedo = w;
  soil.lobe_width = soil.opposition_amplitude = 0;
  return soil;
}

TEST(ReflectanceEnergy, WhiteLambertFurnace) {
  const Law white = [](const Photometry& p) { return RadianceFactor(Reflectance::kLambert, p, 1); };
  for (const double mu0 : {0.05, 0.3, 0.7, 1.0}) {
    EXPECT_NEAR(HemisphereByGauss(white, mu0, 20), 1, 1e-12);
    EXPECT_NEAR(HemisphereByMidpoints(white, mu0, 50), 1, 1e-12);
  }
}

// Single scattering alone (w → 0) is Lommel-Seeliger: r_h(μ0) = w/2 [1 − μ0 ln((1 + μ0)/μ0)].
TEST(ReflectanceEnergy, LommelSeeliger) {
  constexpr double kDark = 1e-9;
  for (const double mu0 : {0.05, 0.3, 0.7, 1.0}) {
    const double expected = kDark / 2 * (1 - mu0 * std::log((1 + mu0) / mu0));
    EXPECT_NEAR(HemisphereByGauss(LawOf(Isotropic(kDark)), mu0, 40) / expected, 1, 1e-7);
  }
}

// Isotropic IMSA with H = (1 + 2μ)/(1 + 2γμ): partial fractions of μ (1 + 2μ) / ((μ0 + μ)(1 + 2γμ)) give
// r_h(μ0) = w/2 H(μ0) [1/γ + A ln((1 + μ0)/μ0) + B/(2γ) ln(1 + 2γ)].
TEST(ReflectanceEnergy, IsotropicHapkeClosedForm) {
  for (const double w : {0.1, 0.25, 0.4, 0.9}) {
    const double gamma = std::sqrt(1 - w);
    for (const double mu0 : {0.05, 0.3, 0.7, 0.95}) {
      const double a = -mu0 * (1 - 2 * mu0) / (1 - 2 * gamma * mu0);
      const double b = (1 - gamma) / (gamma * (2 * gamma * mu0 - 1));
      const double h = (1 + 2 * mu0) / (1 + 2 * gamma * mu0);
      const double expected =
          w / 2 * h * (1 / gamma + a * std::log((1 + mu0) / mu0) + b / (2 * gamma) * std::log(1 + 2 * gamma));
      EXPECT_NEAR(HemisphereByGauss(LawOf(Isotropic(w)), mu0, 40), expected, 1e-10) << w << " " << mu0;
    }
  }
}

// Energy balance of isotropic scatterers with Chandrasekhar's own H: r_h(μ0) = 1 − γ H(μ0). The law has two
// approximate H in a product: 4 % or 1 % off each.
TEST(ReflectanceEnergy, IsotropicHapkeAgainstTheExactSolution) {
  const test::Quadrature rule = test::GaussLegendre(48);
  for (const double w : {0.1, 0.25, 0.4, 0.9}) {
    const std::vector<double> h = test::ExactH(w, rule);
    for (const auto& [function, h_error] :
         {std::pair{HFunction::kHapke1981, 0.04}, std::pair{HFunction::kHapke2002, 0.01}}) {
      HapkeParameters soil = Isotropic(w);
      soil.h_function = function;
      for (const std::size_t i : {4u, 15u, 30u, 44u}) {
        const double expected = 1 - std::sqrt(1 - w) * h[i];
        EXPECT_NEAR(HemisphereByGauss(LawOf(soil), rule.nodes[i], 40) / expected, 1,
                    std::pow(1 + h_error, 2) - 1)
            << w << " " << rule.nodes[i];
      }
    }
  }
}

// No closed form: two quadratures agree, and the finer one less than a ten-thousandth from the coarser.
TEST(ReflectanceEnergy, TwoQuadraturesAgreeForEveryLaw) {
  for (const Reflectance law : {Reflectance::kLunarLambert, Reflectance::kHapke, Reflectance::kHapkeMare,
                                Reflectance::kHapkeHighland}) {
    const Law unit = [law](const Photometry& p) { return RadianceFactor(law, p, 1); };
    for (const double mu0 : {0.15, 0.6, 0.95}) {
      const double gauss = HemisphereByGauss(unit, mu0, 96);
      EXPECT_NEAR(HemisphereByGauss(unit, mu0, 64) / gauss, 1, 1e-4) << mu0;
      EXPECT_NEAR(HemisphereByMidpoints(unit, mu0, 1000) / gauss, 1, 1e-3) << mu0;
    }
  }
}

// Light is lost in shadows (no light between facets), never won: and no ground is brighter than white.
TEST(ReflectanceEnergy, RoughnessAndAbsorptionOnlyLoseLight) {
  for (const HapkeParameters& soil : {MareSoil(), HighlandSoil()}) {
    HapkeParameters smooth = soil;
    smooth.roughness_rad = 0;
    for (const double mu0 : {0.1, 0.4, 0.8}) {
      const double rough = HemisphereByGauss(LawOf(soil), mu0, 64);
      EXPECT_LT(rough, HemisphereByGauss(LawOf(smooth), mu0, 64) * 1.001) << mu0;
      EXPECT_LT(rough, soil.single_scattering_albedo);
      EXPECT_GT(rough, 0);
    }
  }
}

}  // namespace
}  // namespace perilune::vision
