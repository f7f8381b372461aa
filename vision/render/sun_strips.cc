#include "vision/render/sun_strips.h"

#include <cmath>

#include "dem/frames/moon.h"

namespace perilune::vision {
namespace {

/// Points that share one interval of strips: `hidden` cannot be seen from them, `lowest_free` and above can.
struct Search {
  std::vector<int> points;
  int hidden = -1;
  int lowest_free = 0;
};

class Bisection {
 public:
  Bisection(const dem::Terrain& terrain, const SunStrips& strips,
            const std::array<std::span<const double>, 3>& points_in_site_m, std::vector<double>& lit)
      : terrain_(terrain), strips_(strips), points_in_site_m_(points_in_site_m), lit_(lit) {}

  void Run(const Search& search) {
    if (search.points.empty()) return;
    if (search.lowest_free - search.hidden <= 1) {
      const auto free = static_cast<std::size_t>(search.lowest_free);
      for (const int i : search.points)
        lit_[i] = free < strips_.area_above.size() ? strips_.area_above[free] : 0;
      return;
    }
    const int middle = (search.hidden + search.lowest_free) / 2;
    const std::vector<std::uint8_t> occluded = Occluded(search.points, middle);
    Search lower{{}, search.hidden, middle}, upper{{}, middle, search.lowest_free};
    for (std::size_t i = 0; i < occluded.size(); ++i) {
      (occluded[i] ? upper : lower).points.push_back(search.points[i]);
    }
    Run(lower);
    Run(upper);
  }

  std::vector<std::uint8_t> Occluded(const std::vector<int>& points, int strip) const {
    std::array<std::vector<double>, 3> origins;
    for (int axis = 0; axis < 3; ++axis) {
      origins[axis].reserve(points.size());
      for (const int i : points) origins[axis].push_back(points_in_site_m_[axis][i]);
    }
    return Occluded({origins[0], origins[1], origins[2]}, strip);
  }

  std::vector<std::uint8_t> Occluded(const std::array<std::span<const double>, 3>& origins, int strip) const {
    const Eigen::Vector3d& to_sun = strips_.directions_in_site[strip];
    dem::RayBundle bundle;
    bundle.origin_in_site_m = origins;
    for (int axis = 0; axis < 3; ++axis) bundle.direction[axis] = {&to_sun[axis], 1};
    return terrain_.Occluded(bundle);
  }

 private:
  const dem::Terrain& terrain_;
  const SunStrips& strips_;
  const std::array<std::span<const double>, 3>& points_in_site_m_;
  std::vector<double>& lit_;
};

}  // namespace

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
  std::vector<double> lit(points_in_site_m[0].size(), 1.0);
  if (lit.empty()) return lit;
  Bisection bisection(terrain, strips, points_in_site_m, lit);
  const std::vector<std::uint8_t> occluded = bisection.Occluded(points_in_site_m, 0);
  Search search{{}, 0, static_cast<int>(strips.directions_in_site.size())};
  for (std::size_t i = 0; i < occluded.size(); ++i) {
    if (occluded[i]) search.points.push_back(static_cast<int>(i));
  }
  bisection.Run(search);
  return lit;
}

}  // namespace perilune::vision
