#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "vision/craters/crater_map.h"

namespace perilune::vision {

/// A crater seen from another one, to which its distance and size are relative. Magnifying the ground changes
/// none of the numbers, turning it adds to the bearing.
struct SeenNeighbour {
  double log_distance = 0;  ///< of the chord between the centres over the other one's mean radius
  double log_size = 0;      ///< of the ratio of mean radii
  double bearing_rad = 0;   ///< about the other one's up, from a fixed direction there, counter-clockwise
};

/// Positions (any frame, any unit), mean radii (same unit), and the unit up at `from`.
SeenNeighbour SeenFrom(const Eigen::Vector3d& from, const Eigen::Vector3d& up, double radius,
                       const Eigen::Vector3d& other, double other_radius);

/// The neighbours of each crater that have half to six times its size: smaller ones, of which catalogues and
/// images show more or fewer, change nothing. The nearest `count` of those between one and 60 radii away (in
/// the crater itself, be it another entry of it, nothing has a bearing to speak of); 8 bytes each.
class CraterNeighbours {
 public:
  explicit CraterNeighbours(const CraterMap& map, int count = 512);

  // Numbers in steps. All of what is kept is in range; what is looked up may not be.
  static constexpr int kDistances = 112, kSizes = 24, kBearings = 128;
  static constexpr double kDistanceStep = 0.04, kSizeStep = 0.12;
  struct Place {
    int distance = 0, size = 0, bearing = 0;
  };
  static Place PlaceOf(const SeenNeighbour& seen);

  struct Neighbour {
    std::int32_t crater = 0;
    std::uint8_t distance = 0, size = 0, bearing = 0;
  };
  struct Range {
    const Neighbour *first, *last;
    const Neighbour* begin() const { return first; }
    const Neighbour* end() const { return last; }
  };
  Range Of(int crater) const;

 private:
  std::vector<Neighbour> neighbours_;
  std::vector<std::size_t> first_;  ///< of each crater, and the end
};

}  // namespace perilune::vision
