#pragma once

#include <Eigen/Core>
#include <array>
#include <cstdint>

namespace perilune::nav {

/// Notices an axis of a three-axis sensor that gives the very same number over and over: stuck, or at the end
/// of its range. Noise lets no two readings be alike, so that an axis is judged that showed such noise
/// before; one that never did only where the others do and it stands at the sensor's largest reading of all.
/// What is coarsely rounded, or simulated without noise, is not judged.
class StuckAxis {
 public:
  /// `least_run` equal readings in a row are noticed; throws std::invalid_argument below 2.
  explicit StuckAxis(int least_run);

  /// Takes the next reading; how many readings up to this one stood still on some axis, 0 if fewer than
  /// `least_run` or the axis is not judged.
  int Add(const Eigen::Vector3d& reading);

 private:
  struct Axis {
    double last = 0;
    int run = 0;                             ///< equal readings up to the last one
    std::int64_t readings = 0, repeats = 0;  ///< outside of long runs
  };
  void Take(double reading, Axis& axis);
  bool AtLargest(const Axis& axis) const;

  int least_run_;
  double largest_ = 0;
  std::array<Axis, 3> axes_;
};

}  // namespace perilune::nav
