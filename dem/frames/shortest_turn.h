#pragma once

#include <Eigen/Geometry>

namespace perilune::dem {

/// The turn by the least angle that takes the direction of `from` to that of `to`, neither of length zero.
/// Where they are opposite, about some axis across them. (Eigen's FromTwoVectors asks a singular value
/// decomposition for that axis, which costs five seconds of compile time in every file that calls it.)
Eigen::Quaterniond ShortestTurn(const Eigen::Vector3d& from, const Eigen::Vector3d& to);

}  // namespace perilune::dem
