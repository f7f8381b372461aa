#include "vision/render/sun_strips.h"

#include <cmath>

#include "dem/frames/moon.h"
#include "dem/terrain/lowest_free.h"

namespace perilune::vision {

SunStrips CutSun(const dem::Sun& sun, int count) {
  const Eigen::Vector3d centre = sun.direction_to_sun_in_site;
  // Towards the zenith across the line of sight; any direction does when the Sun stands in the zenith.
  Eigen::Vector3d up = Eigen::Vector3d::UnitZ() - centre.z() * centre;
  up = up.norm() > 1e-9 ? up.normalized() : centre.unitOrthogonal();
  // Area of the unit disc above height h, as a share of the whole.
  const auto above = [](double h) { return (std::acos(h) - h * std::sqrt(1 - h * h)) / dem::kPi; };
  SunStrips strips;
  for (int i = 0; i < count; ++i) {
    const double bottom = -1 + 2.0 * i / count, middle = -1 + (2.0 * i + 1) / count;
    strips.directions_in_site.push_back(
        (centre + std::tan(middle * sun.angular_radius_rad) * up).normalized());
    strips.area_above.push_back(above(bottom));
  }
  return strips;
}

std::vector<double> LitFractions(const dem::Terrain& terrain, const SunStrips& strips,
                                 const std::array<std::span<const double>, 3>& points_in_site_m) {
  std::vector<double> lit;
  lit.reserve(points_in_site_m[0].size());
  for (const int lowest : dem::LowestFree(terrain, strips.directions_in_site, points_in_site_m)) {
    lit.push_back(strips.ShareAbove(lowest));
  }
  return lit;
}

}  // namespace perilune::vision
