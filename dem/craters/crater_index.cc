#include "dem/craters/crater_index.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <nanoflann.hpp>
#include <stdexcept>

#include "dem/checks/require.h"

namespace perilune::dem {
namespace {

constexpr std::size_t kDirectionsInLeaf = 16;

std::array<float, 3> Narrow(const Eigen::Vector3d& v) {
  return {static_cast<float>(v.x()), static_cast<float>(v.y()), static_cast<float>(v.z())};
}

std::vector<std::array<float, 3>> DirectionsOf(const std::vector<Crater>& craters) {
  std::vector<std::array<float, 3>> directions;
  directions.reserve(craters.size());
  for (const Crater& crater : craters) directions.push_back(Narrow(DirectionInMoon(crater.centre)));
  return directions;
}

}  // namespace

struct CraterIndex::Tree {
  struct Cloud {
    std::vector<std::array<float, 3>> directions;

    // What nanoflann asks of a cloud, under its names.
    std::size_t kdtree_get_point_count() const { return directions.size(); }
    float kdtree_get_pt(std::uint32_t point, std::size_t axis) const { return directions[point][axis]; }
    template <typename Box>
    bool kdtree_get_bbox(Box&) const {
      return false;
    }
  };
  using KdTree = nanoflann::KDTreeSingleIndexAdaptor<nanoflann::L2_Simple_Adaptor<float, Cloud>, Cloud, 3,
                                                     std::uint32_t>;

  explicit Tree(const std::vector<Crater>& craters)
      : cloud{DirectionsOf(craters)},
        tree(3, cloud, nanoflann::KDTreeSingleIndexAdaptorParams(kDirectionsInLeaf)) {}

  Cloud cloud;
  KdTree tree;
};

CraterIndex::CraterIndex(const std::vector<Crater>& craters) : tree_(std::make_shared<const Tree>(craters)) {}

std::vector<int> CraterIndex::Nearest(const Eigen::Vector3d& direction_in_moon, int count) const {
  if (count < 1 || tree_->cloud.directions.empty()) return {};
  const auto query = Narrow(direction_in_moon.normalized());
  std::vector<std::uint32_t> found(std::min<std::size_t>(count, tree_->cloud.directions.size()));
  std::vector<float> squared(found.size());
  found.resize(tree_->tree.knnSearch(query.data(), found.size(), found.data(), squared.data()));
  return {found.begin(), found.end()};
}

std::vector<int> CraterIndex::Within(const Eigen::Vector3d& direction_in_moon, double angle_rad) const {
  if (tree_->cloud.directions.empty() || !(angle_rad >= 0)) return {};
  const auto query = Narrow(direction_in_moon.normalized());
  const double chord = 2 * std::sin(0.5 * std::min(angle_rad, kPi));
  // Nothing at the border may be lost to single precision: 3e-7 is 0.5 m.
  const auto squared = static_cast<float>((chord + 3e-7) * (chord + 3e-7));
  std::vector<std::pair<std::uint32_t, float>> found;
  tree_->tree.radiusSearch(query.data(), squared, found, nanoflann::SearchParams(0, 0, false));
  std::vector<int> indices;
  indices.reserve(found.size());
  for (const auto& [index, distance] : found) indices.push_back(static_cast<int>(index));
  std::sort(indices.begin(), indices.end());
  return indices;
}

std::vector<int> CraterIndex::InRegion(const LatLon& south_west, const LatLon& north_east) const {
  Require(south_west.latitude_rad <= north_east.latitude_rad, "south", south_west.latitude_rad,
          "at most the region's north");
  double width = north_east.longitude_rad - south_west.longitude_rad;
  while (width < 0) width += 2 * kPi;
  std::vector<int> indices;
  for (std::size_t i = 0; i < tree_->cloud.directions.size(); ++i) {
    const auto& d = tree_->cloud.directions[i];
    const Geodetic place = GeodeticFromMoon(
        Eigen::Vector3d(static_cast<double>(d[0]), static_cast<double>(d[1]), static_cast<double>(d[2])));
    if (place.place.latitude_rad < south_west.latitude_rad ||
        place.place.latitude_rad > north_east.latitude_rad) {
      continue;
    }
    double east = WrapLongitude(place.place.longitude_rad - south_west.longitude_rad);
    if (east < 0) east += 2 * kPi;
    if (east <= width) indices.push_back(static_cast<int>(i));
  }
  return indices;
}

}  // namespace perilune::dem
