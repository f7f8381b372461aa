#include "dem/synthesis/crater_shapes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

namespace perilune::dem {
namespace {

// Everything here is in crater radii.
constexpr double kSimpleRim = 0.08;   // 0.04 D
constexpr double kSimpleDepth = 0.4;  // 0.2 D
constexpr double kBlanketEnds = 2.4;  // from here to the reach the blanket is cut
constexpr double kComplexFrom_m = 15'000;
constexpr int kComplexClasses = 5;  // half octaves from 16 km
constexpr int kLevels = 64;         // of diffusion: 0, then geometric
constexpr double kLeastDiffusion = 5e-4, kMostDiffusion = 1.0;
constexpr int kSamples = static_cast<int>(kImpactReach * kImpactReach) * CraterSection::kPerUnit + 2;

double Smoothstep(double from, double to, double x) {
  const double s = std::clamp((x - from) / (to - from), 0.0, 1.0);
  return s * s * (3 - 2 * s);
}

double FreshSimple(double rho, Bowl bowl) {
  if (rho > 1) return kSimpleRim / (rho * rho * rho);
  // ρ^1.5 has walls of 31° at the rim where a paraboloid would have 39°.
  const double floor = kSimpleRim - kSimpleDepth;
  const double wall = floor + kSimpleDepth * std::pow(rho, 1.5);
  return bowl == Bowl::kRound ? wall : std::max(wall, floor + 0.3 * kSimpleDepth);
}

double FreshComplex(double rho, double diameter_km) {
  const double radius_km = diameter_km / 2;
  const double rim = 0.236 * std::pow(diameter_km, 0.399) / radius_km;
  const double depth = 1.044 * std::pow(diameter_km, 0.301) / radius_km;
  const double floor_radius = std::min(0.187 * std::pow(diameter_km, 1.249) / diameter_km, 0.8);
  if (rho > 1) return rim / (rho * rho * rho);
  const double wall_share = std::clamp((rho - floor_radius) / (1 - floor_radius), 0.0, 1.0);
  const double peak = std::min(0.000589 * std::pow(diameter_km, 1.969) / radius_km, 0.6 * depth);
  return rim - depth + depth * std::pow(wall_share, 1.4) + peak * std::exp(-std::pow(rho / 0.13, 2));
}

/// Profiles of one fresh shape at all levels of diffusion.
struct Family {
  std::array<std::vector<float>, kLevels> samples;
  std::array<double, kLevels> crest{}, floor{};
};

double LevelDiffusion(int level) {
  if (level == 0) return 0;
  return kLeastDiffusion * std::pow(kMostDiffusion / kLeastDiffusion, (level - 1.0) / (kLevels - 2));
}

/// Finite volumes on rings around ρ = 0, implicit in time.
class RingDiffusion {
 public:
  explicit RingDiffusion(const std::function<double(double)>& fresh) : h_(kRings) {
    for (int i = 0; i < kRings; ++i) h_[static_cast<std::size_t>(i)] = fresh((i + 0.5) * kStep);
  }

  void Advance(double diffusion) {
    constexpr int kParts = 6;
    for (int k = 0; k < kParts; ++k) Step(diffusion / kParts);
  }

  double At(double rho) const {
    const double place = std::clamp(rho / kStep - 0.5, 0.0, kRings - 1.001);
    const auto i = static_cast<std::size_t>(place);
    return h_[i] + (place - static_cast<double>(i)) * (h_[i + 1] - h_[i]);
  }

 private:
  static constexpr int kRings = 640;
  static constexpr double kStep = 0.01;

  void Step(double diffusion) {
    const double rate = diffusion / (kStep * kStep);
    std::vector<double> upper(kRings), value(kRings);
    for (int i = 0; i < kRings; ++i) {
      const auto k = static_cast<std::size_t>(i);
      const double inner = i > 0 ? rate * i / (i + 0.5) : 0;
      const double outer = i + 1 < kRings ? rate * (i + 1) / (i + 0.5) : 0;
      const double pivot = 1 + inner + outer + (i > 0 ? -inner * upper[k - 1] : 0);
      upper[k] = outer / pivot;
      value[k] = (h_[k] + (i > 0 ? inner * value[k - 1] : 0)) / pivot;
    }
    h_[kRings - 1] = value[kRings - 1];
    for (std::size_t k = kRings - 1; k-- > 0;) h_[k] = value[k] + upper[k] * h_[k + 1];
  }

  std::vector<double> h_;
};

Family MakeFamily(const std::function<double(double)>& fresh) {
  Family family;
  RingDiffusion rings(fresh);
  for (int level = 0; level < kLevels; ++level) {
    const auto index = static_cast<std::size_t>(level);
    if (level > 0) rings.Advance(LevelDiffusion(level) - LevelDiffusion(level - 1));
    auto& samples = family.samples[index];
    double crest = -1;
    for (int i = 0; i < kSamples; ++i) {
      const double rho = std::sqrt(static_cast<double>(i) / CraterSection::kPerUnit);
      const double height = rings.At(rho) * (1 - Smoothstep(kBlanketEnds, kImpactReach, rho));
      samples.push_back(static_cast<float>(height));
      if (rho >= 0.8 && rho <= 1.6) crest = std::max(crest, height);
    }
    family.crest[index] = crest;
    family.floor[index] = *std::min_element(samples.begin(), samples.end());
  }
  return family;
}

const Family& FamilyOf(double diameter_m, Bowl bowl) {
  static const std::array<Family, 2> simple = {
      MakeFamily([](double rho) { return FreshSimple(rho, Bowl::kRound); }),
      MakeFamily([](double rho) { return FreshSimple(rho, Bowl::kFlat); })};
  static const std::array<Family, kComplexClasses> complex = [] {
    std::array<Family, kComplexClasses> families;
    for (int i = 0; i < kComplexClasses; ++i) {
      const double diameter_km = 16 * std::exp2(i / 2.0);
      families[static_cast<std::size_t>(i)] =
          MakeFamily([diameter_km](double rho) { return FreshComplex(rho, diameter_km); });
    }
    return families;
  }();
  if (diameter_m < kComplexFrom_m) return simple[bowl == Bowl::kRound ? 0 : 1];
  const double half_octaves = 2 * std::log2(diameter_m / 16'000);
  return complex[static_cast<std::size_t>(std::clamp(std::lround(half_octaves), 0L, kComplexClasses - 1L))];
}

int LevelOf(double diffusion) {
  if (diffusion <= kLeastDiffusion / 2) return 0;
  const double place =
      1 + (kLevels - 2) * std::log(diffusion / kLeastDiffusion) / std::log(kMostDiffusion / kLeastDiffusion);
  return std::clamp(static_cast<int>(std::lround(place)), 1, kLevels - 1);
}

}  // namespace

double FreshDepthRatio(double diameter_m) {
  if (diameter_m >= kComplexFrom_m) return 1.044 * std::pow(diameter_m / 1000, 0.301) / (diameter_m / 1000);
  return std::clamp(0.2 * std::pow(diameter_m / 400, 0.12), 0.14, 0.2);
}

CraterSection SectionOf(double diameter_m, double diffusion, Bowl bowl) {
  const Family& family = FamilyOf(diameter_m, bowl);
  const auto level = static_cast<std::size_t>(LevelOf(diffusion));
  const double fresh_depth =
      bowl == Bowl::kRound || diameter_m >= kComplexFrom_m ? family.crest[0] - family.floor[0] : kSimpleDepth;
  const double scale_m = FreshDepthRatio(diameter_m) * diameter_m / fresh_depth;
  CraterSection section;
  section.samples = family.samples[level].data();
  section.scale_m = static_cast<float>(scale_m);
  section.rim_height_m = scale_m * family.crest[level];
  section.depth_m = scale_m * (family.crest[level] - family.floor[level]);
  return section;
}

}  // namespace perilune::dem
