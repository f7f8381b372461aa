#pragma once

#include <Eigen/Core>
#include <cstdint>

#include "dem/synthesis/random.h"

namespace perilune::datasets {

/// What the numbers of one scenario seed are used for: each use has a stream of its own, so that a change to
/// one leaves the others as they were.
enum class RandomUse : std::uint64_t {
  kGround = 100,
  kPrior,
  kImuBias,
  kImuNoise,
  kImuWalk,
  kRangeBias,
  kRange,
  kStarTracker,
  kMapTie,
  kMatches,
  kFault = 150,      ///< + number of the fault
  kMapHeight = 200,  ///< + level
};

inline double Normal(std::uint64_t seed, RandomUse use, std::uint64_t index) {
  return dem::RandomNormal(seed, static_cast<std::uint64_t>(use), index);
}

/// Three independent standard normals: draws 3·index … 3·index + 2.
inline Eigen::Vector3d Normal3(std::uint64_t seed, RandomUse use, std::uint64_t index) {
  return {Normal(seed, use, 3 * index), Normal(seed, use, 3 * index + 1), Normal(seed, use, 3 * index + 2)};
}

}  // namespace perilune::datasets
