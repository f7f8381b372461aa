#include "vision/craters/triad_index.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <nanoflann.hpp>

namespace perilune::vision {
namespace {

constexpr int kKeptNeighbours = 24;

/// The three, starting opposite the longest side; `order` says which of the given comes first, second, third.
std::array<int, 3> CanonicalOrder(const std::array<Eigen::Vector3d, 3>& p) {
  const std::array<double, 3> opposite = {(p[1] - p[2]).squaredNorm(), (p[2] - p[0]).squaredNorm(),
                                          (p[0] - p[1]).squaredNorm()};
  const int first = static_cast<int>(std::max_element(opposite.begin(), opposite.end()) - opposite.begin());
  return {first, (first + 1) % 3, (first + 2) % 3};
}

/// At which of the three an entry of the catalogue that is the same triad may start.
std::array<bool, 3> MayStart(const TriadShape& shape) {
  // Sides as equal as the noise may have another one longest in the catalogue.
  constexpr float kAsLong = 0.3F;
  const std::array<float, 3> radius = {shape[3], 0, -shape[4]};
  std::array<float, 3> side{};
  for (int k = 0; k < 3; ++k) side[k] = shape[k] + 0.5F * (radius[(k + 1) % 3] + radius[(k + 2) % 3]);
  const float longest = *std::max_element(side.begin(), side.end());
  return {side[0] > longest - kAsLong, side[1] > longest - kAsLong, side[2] > longest - kAsLong};
}

}  // namespace

TriadShape ShapeOfTriad(const std::array<Eigen::Vector3d, 3>& positions, const std::array<double, 3>& radii) {
  TriadShape shape;
  for (int k = 0; k < 3; ++k) {
    const int a = (k + 1) % 3, b = (k + 2) % 3;
    shape[k] =
        static_cast<float>(std::log((positions[a] - positions[b]).norm() / std::sqrt(radii[a] * radii[b])));
  }
  shape[3] = static_cast<float>(std::log(radii[0] / radii[1]));
  shape[4] = static_cast<float>(std::log(radii[1] / radii[2]));
  return shape;
}

struct TriadIndex::Impl {
  struct Cloud {
    std::vector<TriadShape> shapes;

    // What nanoflann asks of a cloud, under its names.
    std::size_t kdtree_get_point_count() const { return shapes.size(); }
    float kdtree_get_pt(std::uint32_t point, std::size_t axis) const {
      return shapes[point][static_cast<Eigen::Index>(axis)];
    }
    template <typename Box>
    bool kdtree_get_bbox(Box&) const {
      return false;
    }
  };
  using KdTree = nanoflann::KDTreeSingleIndexAdaptor<nanoflann::L2_Simple_Adaptor<float, Cloud>, Cloud, 5,
                                                     std::uint32_t>;

  std::vector<std::vector<int>> neighbours;
  std::vector<std::array<int, 3>> triads;
  Cloud cloud;
  std::unique_ptr<KdTree> tree;
};

TriadIndex::TriadIndex(const CraterMap& map, int neighbours) {
  auto impl = std::make_shared<Impl>();
  std::vector<std::array<int, 3>> sorted;
  for (int crater = 0; crater < map.size(); ++crater) {
    std::vector<int> near = map.index().Nearest(map.rim(crater).up, kKeptNeighbours + 1);
    near.erase(std::remove(near.begin(), near.end(), crater), near.end());
    const int used = std::min<int>(neighbours, static_cast<int>(near.size()));
    for (int a = 0; a < used; ++a) {
      for (int b = a + 1; b < used; ++b) {
        std::array<int, 3> triad = {crater, near[a], near[b]};
        std::sort(triad.begin(), triad.end());
        sorted.push_back(triad);
      }
    }
    impl->neighbours.push_back(std::move(near));
  }
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  impl->triads.reserve(sorted.size());
  impl->cloud.shapes.reserve(sorted.size());
  for (std::array<int, 3> t : sorted) {
    const Eigen::Vector3d normal =
        (map.rim(t[1]).centre - map.rim(t[0]).centre).cross(map.rim(t[2]).centre - map.rim(t[0]).centre);
    if (normal.dot(map.rim(t[0]).up) < 0) std::swap(t[1], t[2]);
    const auto order = CanonicalOrder({map.rim(t[0]).centre, map.rim(t[1]).centre, map.rim(t[2]).centre});
    t = {t[order[0]], t[order[1]], t[order[2]]};
    impl->triads.push_back(t);
    impl->cloud.shapes.push_back(
        ShapeOfTriad({map.rim(t[0]).centre, map.rim(t[1]).centre, map.rim(t[2]).centre},
                     {map.MeanRadius_m(t[0]), map.MeanRadius_m(t[1]), map.MeanRadius_m(t[2])}));
  }
  impl->tree = std::make_unique<Impl::KdTree>(5, impl->cloud, nanoflann::KDTreeSingleIndexAdaptorParams(16));
  impl_ = std::move(impl);
}

std::vector<std::array<int, 3>> TriadIndex::Find(const TriadShape& shape, double radius) const {
  std::vector<std::array<int, 3>> found;
  if (impl_->triads.empty()) return found;
  const std::array<bool, 3> may_start = MayStart(shape);
  for (int start = 0; start < 3; ++start) {
    if (!may_start[start]) continue;
    TriadShape turned;
    for (int k = 0; k < 3; ++k) turned[k] = shape[(k + start) % 3];
    const std::array<float, 3> ratio = {shape[3], shape[4], -shape[3] - shape[4]};
    turned[3] = ratio[start];
    turned[4] = ratio[(start + 1) % 3];
    std::vector<std::pair<std::uint32_t, float>> near;
    impl_->tree->radiusSearch(turned.data(), static_cast<float>(radius * radius), near,
                              nanoflann::SearchParams(0, 0, false));
    for (const auto& [index, distance] : near) {
      const std::array<int, 3>& triad = impl_->triads[index];
      std::array<int, 3> in_order{};
      for (int k = 0; k < 3; ++k) in_order[(k + start) % 3] = triad[k];
      found.push_back(in_order);
    }
  }
  return found;
}

const std::vector<int>& TriadIndex::NeighboursOf(int crater) const {
  return impl_->neighbours[static_cast<std::size_t>(crater)];
}

std::size_t TriadIndex::size() const { return impl_->triads.size(); }

}  // namespace perilune::vision
