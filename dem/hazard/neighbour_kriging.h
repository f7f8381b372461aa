#pragma once

#include <Eigen/Core>
#include <array>
#include <vector>

namespace perilune::dem {

/// How a cell's ground follows from the 24 cells around it: kriging about a plane of a self-affine field,
/// measured with independent errors (Matheron 1973, intrinsic random functions of order 1 with the
/// generalised covariance a² |d|^kExponent, d in cells; Cressie 1993, Statistics for Spatial Data, 3.4
/// and 5.4). The weights depend on a² over the errors' variance alone, and are tabulated: alike where the
/// ground is flat within the errors, the nearest cells' alone where it is rough.
class NeighbourKriging {
 public:
  static constexpr int kReach = 2;  ///< cells that it looks at, each way
  static constexpr int kSide = 2 * kReach + 1, kCells = kSide * kSide;
  static constexpr int kFreedom = kCells - 4;  ///< of the neighbours about their plane
  /// Twice a Hurst exponent of 1.25: at the scale of a few cells the ground's forms are smooth. Exponents of
  /// 1.6 and 1.9 predicted tuning ground of 0.2 and 0.5 m worse.
  static constexpr double kExponent = 2.5;

  struct Level {
    std::array<float, kCells> weights{};  ///< by rows; 0 in the middle
    double ground = 0, errors = 0;        ///< variance of the prediction, over that of the errors
  };

  NeighbourKriging();

  /// `spread`: variance of a neighbour about their plane, over that of the errors.
  int LevelOf(double spread) const;
  const Level& At(int level) const { return levels_[static_cast<std::size_t>(level)]; }

 private:
  double spread_of_ground_ = 0;  ///< that a² = 1 adds
  std::vector<Level> levels_;    ///< by the logarithm of a²
};

/// The one table there is.
const NeighbourKriging& TheNeighbourKriging();

}  // namespace perilune::dem
