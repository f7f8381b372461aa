#include "dem/terrain/lowest_free.h"

namespace perilune::dem {
namespace {

/// Points that share one interval of directions: `hidden` cannot be seen from them, `lowest_free` and above
/// can.
struct Search {
  std::vector<int> points;
  int hidden = -1;
  int lowest_free = 0;
};

class Bisection {
 public:
  Bisection(const Terrain& terrain, std::span<const Eigen::Vector3d> directions_in_site,
            const std::array<std::span<const double>, 3>& points_in_site_m, std::vector<int>& lowest_free)
      : terrain_(terrain),
        directions_in_site_(directions_in_site),
        points_in_site_m_(points_in_site_m),
        lowest_free_(lowest_free) {}

  void Run(const Search& search) {
    if (search.points.empty()) return;
    if (search.lowest_free - search.hidden <= 1) {
      for (const int i : search.points) lowest_free_[i] = search.lowest_free;
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

  std::vector<std::uint8_t> Occluded(const std::array<std::span<const double>, 3>& origins,
                                     int direction) const {
    const Eigen::Vector3d& to_sun = directions_in_site_[direction];
    RayBundle bundle;
    bundle.origin_in_site_m = origins;
    for (int axis = 0; axis < 3; ++axis) bundle.direction[axis] = {&to_sun[axis], 1};
    return terrain_.Occluded(bundle);
  }

 private:
  std::vector<std::uint8_t> Occluded(const std::vector<int>& points, int direction) const {
    std::array<std::vector<double>, 3> origins;
    for (int axis = 0; axis < 3; ++axis) {
      origins[axis].reserve(points.size());
      for (const int i : points) origins[axis].push_back(points_in_site_m_[axis][i]);
    }
    return Occluded({origins[0], origins[1], origins[2]}, direction);
  }

  const Terrain& terrain_;
  std::span<const Eigen::Vector3d> directions_in_site_;
  const std::array<std::span<const double>, 3>& points_in_site_m_;
  std::vector<int>& lowest_free_;
};

}  // namespace

std::vector<int> LowestFree(const Terrain& terrain, std::span<const Eigen::Vector3d> directions_in_site,
                            const std::array<std::span<const double>, 3>& points_in_site_m) {
  std::vector<int> lowest_free(points_in_site_m[0].size(), 0);
  if (lowest_free.empty()) return lowest_free;
  Bisection bisection(terrain, directions_in_site, points_in_site_m, lowest_free);
  const std::vector<std::uint8_t> occluded = bisection.Occluded(points_in_site_m, 0);
  Search search{{}, 0, static_cast<int>(directions_in_site.size())};
  for (std::size_t i = 0; i < occluded.size(); ++i) {
    if (occluded[i]) search.points.push_back(static_cast<int>(i));
  }
  bisection.Run(search);
  return lowest_free;
}

}  // namespace perilune::dem
