#pragma once

#include <array>
#include <cstdint>

#include "dem/hazard/hazard_map.h"

namespace perilune::datasets {

/// Codes of class.tif.
enum class ClassCode : std::uint8_t {
  kNoData = 0,    ///< the DEM has no height here
  kSafe = 1,      ///< within limits, and not marginal
  kMarginal = 2,  ///< within limits, but near one or with a low p_site (MarginalRule)
  kHazard = 3,    ///< over a limit
  kUnknown = 4,   ///< there is a height, but the footprint is not wholly known
  kShadow = 5,    ///< within limits as far as the DEM goes, but too dark to be seen
};

/// Bits of reasons.tif beside dem::HazardReason's: why a cell within limits is marginal.
enum MarginalReason : std::uint16_t {
  kReasonLowProbability = 0x4000,
  kReasonNearLimit = 0x8000,
};

/// When a cell within limits is marginal.
struct MarginalRule {
  double min_p_site = 0.95;  ///< p_site below
  double limit_share =
      0.8;  ///< relief, slope or roughness (with a lander: tilt, ground) above this share of its limit

  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

struct ClassStyle {
  ClassCode code;
  const char* name;
  std::uint8_t red, green, blue;
};

/// All codes in their order, in colours that are told apart with the common colour deficiencies (Okabe & Ito
/// 2008).
const std::array<ClassStyle, 6>& ClassStyles();

struct CodedClasses {
  dem::Grid<std::uint8_t> classes;   ///< ClassCode
  dem::Grid<std::uint16_t> reasons;  ///< dem::HazardReason and MarginalReason
};

/// Codes of a map; `heights` are the DEM's cells that it was made from. Throws std::invalid_argument for
/// another size.
CodedClasses CodeClasses(const dem::HazardMap& map, const dem::Grid<float>& heights,
                         const MarginalRule& rule = {});

/// What a code (as read from a file; NaN: no data) says about limits alone: safe and marginal are kSafe.
dem::HazardClass HazardClassOfCode(float code);

}  // namespace perilune::datasets
