#include "dem/hazard/neighbour_kriging.h"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>

namespace perilune::dem {
namespace {

constexpr int kOthers = NeighbourKriging::kCells - 1, kOwnPlace = kOthers / 2;
// Amplitude over the errors' variance: from where the errors are all there is to where they do not matter.
constexpr double kLeastRatio = 1e-3, kMostRatio = 1e3;
constexpr int kKrigingLevels = 49;

using Neighbours = Eigen::Matrix<double, kOthers, 1>;

Eigen::Vector2d OffsetOf(int neighbour) {
  const int cell = neighbour < kOwnPlace ? neighbour : neighbour + 1;
  constexpr int kSide = NeighbourKriging::kSide, kReach = NeighbourKriging::kReach;
  return {cell % kSide - kReach, cell / kSide - kReach};
}

/// Generalised covariance of the ground, of whatever amplitude.
double Covariance(const Eigen::Vector2d& apart) {
  return std::pow(apart.norm(), NeighbourKriging::kExponent);
}

double RatioOf(int level) {
  return kLeastRatio * std::pow(kMostRatio / kLeastRatio, level / (kKrigingLevels - 1.0));
}

}  // namespace

NeighbourKriging::NeighbourKriging() {
  Eigen::Matrix<double, kOthers, kOthers> ground;
  Eigen::Matrix<double, kOthers, 3> plane;
  Neighbours to_middle;
  for (int i = 0; i < kOthers; ++i) {
    plane.row(i) << 1, OffsetOf(i).x(), OffsetOf(i).y();
    to_middle[i] = Covariance(OffsetOf(i));
    for (int j = 0; j < kOthers; ++j) ground(i, j) = Covariance(OffsetOf(i) - OffsetOf(j));
  }
  Eigen::Matrix<double, kOthers, kOthers> about_plane =
      -plane * (plane.transpose() * plane).inverse() * plane.transpose();
  about_plane.diagonal().array() += 1;
  spread_of_ground_ = (about_plane * ground).trace() / kFreedom;
  for (int level = 0; level < kKrigingLevels; ++level) {
    Eigen::Matrix<double, kOthers + 3, kOthers + 3> system;
    system.setZero();
    system.topLeftCorner<kOthers, kOthers>() = RatioOf(level) * ground;
    system.topLeftCorner<kOthers, kOthers>().diagonal().array() += 1;
    system.topRightCorner<kOthers, 3>() = plane;
    system.bottomLeftCorner<3, kOthers>() = plane.transpose();
    Eigen::Matrix<double, kOthers + 3, 1> right;
    right << RatioOf(level) * to_middle, 1, 0, 0;  // the plane has its own value in the middle
    const Neighbours weights = system.fullPivLu().solve(right).head<kOthers>();
    Level& made = levels_.emplace_back();
    for (int i = 0; i < kOthers; ++i)
      made.weights[static_cast<std::size_t>(i < kOwnPlace ? i : i + 1)] = static_cast<float>(weights[i]);
    made.ground = RatioOf(level) * (weights.dot(ground * weights) - 2 * weights.dot(to_middle));
    made.errors = weights.squaredNorm();
  }
}

int NeighbourKriging::LevelOf(double spread) const {
  const double ratio = (spread - 1) / spread_of_ground_;
  if (!(ratio > kLeastRatio)) return 0;
  const double place =
      std::log(ratio / kLeastRatio) / std::log(kMostRatio / kLeastRatio) * (kKrigingLevels - 1);
  return static_cast<int>(std::lround(std::min(place, kKrigingLevels - 1.0)));
}

const NeighbourKriging& TheNeighbourKriging() {
  static const NeighbourKriging kriging;
  return kriging;
}

}  // namespace perilune::dem
