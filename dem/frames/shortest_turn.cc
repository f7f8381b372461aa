#include "dem/frames/shortest_turn.h"

namespace perilune::dem {

Eigen::Quaterniond ShortestTurn(const Eigen::Vector3d& from, const Eigen::Vector3d& to) {
  const Eigen::Vector3d a = from.normalized(), b = to.normalized();
  Eigen::Vector3d axis = a.cross(b).stableNormalized();
  axis -= a.dot(axis) * a;  // near a half turn the product's rounding leaves the plane across `a`
  // All rounding: then every axis across them turns one into the other to a few ulp.
  axis = axis.norm() < 0.5 ? a.unitOrthogonal() : axis.normalized();
  // |a + b| and |a − b| are twice cosine and sine of half the angle.
  Eigen::Quaterniond turn;
  turn.w() = 0.5 * (a + b).norm();
  turn.vec() = 0.5 * (a - b).norm() * axis;
  return turn.normalized();
}

}  // namespace perilune::dem
