#include "dem/frames/shortest_turn.h"

namespace perilune::dem {

Eigen::Quaterniond ShortestTurn(const Eigen::Vector3d& from, const Eigen::Vector3d& to) {
  const Eigen::Vector3d a = from.normalized(), sum = a + to.normalized();
  // The turn goes twice as far as from `a` to half way. However short the sum, an error of half way moves the
  // end by no more than its own rounding; where nothing is left of it, any direction across is half way.
  const double length = sum.norm();
  const Eigen::Vector3d half = length > 0 ? Eigen::Vector3d(sum / length) : a.unitOrthogonal();
  Eigen::Quaterniond turn;
  turn.w() = a.dot(half);
  turn.vec() = a.cross(half);
  return turn.normalized();
}

}  // namespace perilune::dem
