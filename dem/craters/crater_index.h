#pragma once

#include <Eigen/Core>
#include <memory>
#include <vector>

#include "dem/craters/crater.h"

namespace perilune::dem {

/// Where the craters of a catalogue are: a k-d tree over unit vectors in `moon`, so that the seam at 180° and
/// the poles are places like any other. Answers are positions in the catalogue. Copies share the tree.
class CraterIndex {
 public:
  /// Keeps 12 bytes a crater and the tree, not the craters. Single-precision vectors: places are good to
  /// 0.2 m.
  explicit CraterIndex(const std::vector<Crater>& craters);

  /// The `count` craters whose centres are nearest to the direction (any length), nearest first; fewer when
  /// there are fewer.
  std::vector<int> Nearest(const Eigen::Vector3d& direction_in_moon, int count) const;

  /// Those with centres within an angle of the direction, ascending.
  std::vector<int> Within(const Eigen::Vector3d& direction_in_moon, double angle_rad) const;

  /// Those with centres in a box of latitudes and of longitudes from west eastward to east (which may cross
  /// the seam; the same number twice is a meridian, 2π or more apart all of them), ascending. Throws
  /// std::invalid_argument when south > north.
  std::vector<int> InRegion(const LatLon& south_west, const LatLon& north_east) const;

 private:
  struct Tree;
  std::shared_ptr<const Tree> tree_;
};

}  // namespace perilune::dem
