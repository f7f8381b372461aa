#include "vision/craters/crater_neighbours.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <nanoflann.hpp>
#include <numeric>
#include <optional>
#include <utility>

namespace perilune::vision {
namespace {

constexpr double kLeastSize = 0.5, kMostSize = 6;
constexpr double kMostDistance = 60;    // radii
constexpr double kNearestLog = 0;       // a radius away
constexpr double kSmallestLog = -1.08;  // more than a tolerance below kLeastSize

/// Directions to the first craters of a list, for nanoflann under its names.
struct DirectionCloud {
  const std::vector<Eigen::Vector3f>& directions;
  std::size_t count;

  std::size_t kdtree_get_point_count() const { return count; }
  float kdtree_get_pt(std::uint32_t point, std::size_t axis) const {
    return directions[point][static_cast<Eigen::Index>(axis)];
  }
  template <typename Box>
  bool kdtree_get_bbox(Box&) const {
    return false;
  }
};
using DirectionTree = nanoflann::KDTreeSingleIndexAdaptor<nanoflann::L2_Simple_Adaptor<float, DirectionCloud>,
                                                          DirectionCloud, 3, std::uint32_t>;
using Found = std::vector<std::pair<std::uint32_t, float>>;

/// The craters of a map by size, the largest first, and a tree of the first of them that grows by half
/// octaves.
class CratersBySize {
 public:
  explicit CratersBySize(const CraterMap& map) : map_(map), order_(static_cast<std::size_t>(map.size())) {
    std::iota(order_.begin(), order_.end(), 0);
    std::stable_sort(order_.begin(), order_.end(),
                     [&map](int a, int b) { return map.MeanRadius_m(a) > map.MeanRadius_m(b); });
    for (const int crater : order_) directions_.push_back(map.rim(crater).up.cast<float>());
  }

  const std::vector<int>& order() const { return order_; }

  /// The nearest `count` craters around one, in no order, as CraterNeighbours has them. To be asked from the
  /// largest to the smallest.
  std::vector<int> Around(std::size_t place, std::size_t count) {
    const double radius_m = map_.MeanRadius_m(order_[place]), least_m = kLeastSize * radius_m;
    const double radius = radius_m / dem::kMoonRadius_m, reach = std::min(kMostDistance * radius, 2.0);
    if (!Holds(least_m)) {
      while (!Holds(least_m / std::sqrt(2.0))) ++cloud_.count;
      tree_.emplace(3, cloud_, nanoflann::KDTreeSingleIndexAdaptorParams(16));
    }
    Found found;
    nanoflann::RadiusResultSet<float, std::uint32_t> within(static_cast<float>(reach * reach), found);
    tree_->findNeighbors(within, directions_[place].data(), nanoflann::SearchParams(0, 0, false));
    std::erase_if(found, [&](const auto& other) {
      const double size = map_.MeanRadius_m(order_[other.first]) / radius_m;
      return size < kLeastSize || size > kMostSize || other.second < radius * radius;
    });
    if (found.size() > count) {
      const auto last = found.begin() + static_cast<std::ptrdiff_t>(count);
      std::nth_element(found.begin(), last, found.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
      found.erase(last, found.end());
    }
    std::vector<int> craters;
    for (const auto& [at, squared] : found) craters.push_back(order_[at]);
    return craters;
  }

 private:
  bool Holds(double least_m) const {
    return cloud_.count == order_.size() || map_.MeanRadius_m(order_[cloud_.count]) < least_m;
  }

  const CraterMap& map_;
  std::vector<int> order_;
  std::vector<Eigen::Vector3f> directions_;
  DirectionCloud cloud_{directions_, 0};
  std::optional<DirectionTree> tree_;
};

bool InRange(const CraterNeighbours::Place& place) {
  return place.distance >= 0 && place.distance < CraterNeighbours::kDistances && place.size >= 0 &&
         place.size < CraterNeighbours::kSizes;
}

}  // namespace

SeenNeighbour SeenFrom(const Eigen::Vector3d& from, const Eigen::Vector3d& up, double radius,
                       const Eigen::Vector3d& other, double other_radius) {
  constexpr double kNearest = 1e-3;  // two entries of one crater may lie at the same place
  const Eigen::Vector3d away = other - from, axis = up.unitOrthogonal();
  return {std::log(std::max(away.norm() / radius, kNearest)), std::log(other_radius / radius),
          std::atan2(away.dot(up.cross(axis)), away.dot(axis))};
}

CraterNeighbours::Place CraterNeighbours::PlaceOf(const SeenNeighbour& seen) {
  const double turns = seen.bearing_rad / (2 * dem::kPi);
  Place place;
  place.distance = static_cast<int>(std::floor((seen.log_distance - kNearestLog) / kDistanceStep));
  place.size = static_cast<int>(std::floor((seen.log_size - kSmallestLog) / kSizeStep));
  place.bearing = std::min(static_cast<int>(kBearings * (turns - std::floor(turns))), kBearings - 1);
  return place;
}

CraterNeighbours::CraterNeighbours(const CraterMap& map, int count) {
  CratersBySize by_size(map);
  std::vector<std::vector<Neighbour>> near(by_size.order().size());
  for (std::size_t i = 0; i < near.size(); ++i) {
    const int crater = by_size.order()[i];
    const CraterRim& rim = map.rim(crater);
    for (const int other : by_size.Around(i, static_cast<std::size_t>(count))) {
      const Place place = PlaceOf(SeenFrom(rim.centre, rim.up, map.MeanRadius_m(crater),
                                           map.rim(other).centre, map.MeanRadius_m(other)));
      if (!InRange(place)) continue;  // where heights differ
      near[static_cast<std::size_t>(crater)].push_back({other, static_cast<std::uint8_t>(place.distance),
                                                        static_cast<std::uint8_t>(place.size),
                                                        static_cast<std::uint8_t>(place.bearing)});
    }
  }
  first_.push_back(0);
  for (std::vector<Neighbour>& of : near) {
    std::sort(of.begin(), of.end(),
              [](const Neighbour& a, const Neighbour& b) { return a.crater < b.crater; });
    neighbours_.insert(neighbours_.end(), of.begin(), of.end());
    first_.push_back(neighbours_.size());
    of = {};
  }
}

CraterNeighbours::Range CraterNeighbours::Of(int crater) const {
  const auto i = static_cast<std::size_t>(crater);
  return {neighbours_.data() + first_[i], neighbours_.data() + first_[i + 1]};
}

}  // namespace perilune::vision
