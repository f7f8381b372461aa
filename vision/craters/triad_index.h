#pragma once

#include <Eigen/Core>
#include <array>
#include <memory>
#include <vector>

#include "vision/craters/crater_map.h"

namespace perilune::vision {

/// Three craters on the ground, counter-clockwise seen from above. What is kept of them does not change when
/// they are moved, turned or magnified: logarithms of each side over the mean radii at its ends, and of two
/// ratios of radii.
using TriadShape = Eigen::Matrix<float, 5, 1>;

/// Positions (any frame, any unit) and mean radii (same unit) of three craters in order.
TriadShape ShapeOfTriad(const std::array<Eigen::Vector3d, 3>& positions, const std::array<double, 3>& radii);

/// Triads of neighbouring craters by their shape.
class TriadIndex {
 public:
  /// Each crater with each two of its `neighbours` nearest. Takes about a second and 100 bytes for each of
  /// the 28 triads that a crater has with 8 neighbours, less those that others have too.
  explicit TriadIndex(const CraterMap& map, int neighbours = 8);

  /// Triads whose shape is within `radius` (of the five numbers) of one, from whichever crater it starts: the
  /// craters in the order of the query's.
  std::vector<std::array<int, 3>> Find(const TriadShape& shape, double radius) const;

  /// The nearest neighbours of a crater, nearest first, itself left out.
  const std::vector<int>& NeighboursOf(int crater) const;
  std::size_t size() const;

 private:
  struct Impl;
  std::shared_ptr<const Impl> impl_;
};

}  // namespace perilune::vision
