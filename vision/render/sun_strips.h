#pragma once

#include <Eigen/Core>
#include <array>
#include <span>
#include <vector>

#include "dem/ephemeris/sun.h"
#include "dem/terrain/terrain.h"

namespace perilune::vision {

/// Horizontal strips of the Sun's disc, from its lower limb upwards.
struct SunStrips {
  std::vector<Eigen::Vector3d> directions_in_site;  ///< to the middle of each strip
  std::vector<double> area_above;                   ///< share of the disc in this strip and above

  /// Share of the disc that is seen when strip `lowest` is the lowest free one; 0 when none is.
  double ShareAbove(int lowest) const {
    const auto index = static_cast<std::size_t>(lowest);
    return index < area_above.size() ? area_above[index] : 0;
  }
};

SunStrips CutSun(const dem::Sun& sun, int count);

/// Share of the disc that is seen from each point, as rays find it (dem/terrain/lowest_free.h).
std::vector<double> LitFractions(const dem::Terrain& terrain, const SunStrips& strips,
                                 const std::array<std::span<const double>, 3>& points_in_site_m);

}  // namespace perilune::vision
