#include "datasets/formats/hazard_classes.h"

#include <cmath>
#include <stdexcept>

#include "dem/checks/require.h"

namespace perilune::datasets {
namespace {

std::uint16_t MarginalReasons(const dem::HazardMap& map, std::size_t i, const MarginalRule& rule) {
  const dem::HazardOptions& limits = map.options;
  // What the DEM does not show cannot be called safe.
  unsigned reasons = map.reasons.grid.data[i] & (dem::kReasonInterpolated | dem::kReasonUnresolved);
  if (map.p_site.grid.data[i] < rule.min_p_site) reasons |= kReasonLowProbability;
  const auto near = [&](float value, double limit) { return value > rule.limit_share * limit; };
  bool near_limit = limits.relief_limit_m && near(map.relief_m.grid.data[i], *limits.relief_limit_m);
  if (map.HasFootprintTest()) {
    const auto ground_m = static_cast<float>(limits.lander->body_clearance_m) - map.clearance_m.grid.data[i];
    near_limit = near_limit || near(map.tilt_rad.grid.data[i], limits.lander->max_tilt_rad) ||
                 near(ground_m, limits.lander->HighestGround_m());
  } else {
    near_limit = near_limit || near(map.slope_rad.grid.data[i], limits.slope_limit_rad) ||
                 near(map.roughness_m.grid.data[i], limits.roughness_limit_m);
  }
  if (near_limit) reasons |= kReasonNearLimit;
  return static_cast<std::uint16_t>(reasons);
}

ClassCode CodeOf(dem::HazardClass value, bool has_height, std::uint16_t marginal) {
  if (!has_height) return ClassCode::kNoData;
  switch (value) {
    case dem::HazardClass::kSafe:
      return marginal != 0 ? ClassCode::kMarginal : ClassCode::kSafe;
    case dem::HazardClass::kHazardous:
      return ClassCode::kHazard;
    case dem::HazardClass::kShadow:
      return ClassCode::kShadow;
    default:
      return ClassCode::kUnknown;
  }
}

}  // namespace

void MarginalRule::Validate() const {
  dem::Require(min_p_site >= 0 && min_p_site <= 1, "min_p_site", min_p_site, "in [0, 1]");
  dem::Require(limit_share > 0 && limit_share <= 1, "limit_share", limit_share, "in (0, 1]");
}

const std::array<ClassStyle, 6>& ClassStyles() {
  static constexpr std::array<ClassStyle, 6> kStyles{{{ClassCode::kNoData, "no data", 255, 255, 255},
                                                      {ClassCode::kSafe, "safe", 0, 158, 115},
                                                      {ClassCode::kMarginal, "marginal", 240, 228, 66},
                                                      {ClassCode::kHazard, "hazard", 213, 94, 0},
                                                      {ClassCode::kUnknown, "unknown", 150, 150, 150},
                                                      {ClassCode::kShadow, "shadow", 40, 40, 110}}};
  return kStyles;
}

CodedClasses CodeClasses(const dem::HazardMap& map, const dem::Grid<float>& heights,
                         const MarginalRule& rule) {
  rule.Validate();
  if (heights.width != map.width() || heights.height != map.height())
    throw std::invalid_argument("heights: must have the size of the hazard map");
  CodedClasses coded{dem::Grid<std::uint8_t>(map.width(), map.height()), map.reasons.grid};
  for (std::size_t i = 0; i < heights.data.size(); ++i) {
    const auto value = static_cast<dem::HazardClass>(map.hazard_class.grid.data[i]);
    const std::uint16_t marginal =
        value == dem::HazardClass::kSafe ? MarginalReasons(map, i, rule) : std::uint16_t{0};
    coded.classes.data[i] = static_cast<std::uint8_t>(CodeOf(value, !std::isnan(heights.data[i]), marginal));
    coded.reasons.data[i] = static_cast<std::uint16_t>(coded.reasons.data[i] | marginal);
  }
  return coded;
}

dem::HazardClass HazardClassOfCode(float code) {
  if (std::isnan(code)) return dem::HazardClass::kUnknown;
  switch (static_cast<ClassCode>(static_cast<std::uint8_t>(code))) {
    case ClassCode::kSafe:
    case ClassCode::kMarginal:
      return dem::HazardClass::kSafe;
    case ClassCode::kHazard:
      return dem::HazardClass::kHazardous;
    case ClassCode::kShadow:
      return dem::HazardClass::kShadow;
    default:
      return dem::HazardClass::kUnknown;
  }
}

}  // namespace perilune::datasets
