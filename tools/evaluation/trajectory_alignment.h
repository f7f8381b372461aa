#pragma once

#include <Eigen/Geometry>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "datasets/formats/trajectory_file.h"

namespace perilune::tools {

/// A pose of the reference and the estimate's of nearly the same time.
struct PosePair {
  std::int64_t t_ns = 0;  ///< of the estimate
  Eigen::Isometry3d reference = Eigen::Isometry3d::Identity();
  Eigen::Isometry3d estimate = Eigen::Isometry3d::Identity();
};

/// Each pose of the shorter trajectory with the nearest in time of the other, where they are not further
/// apart than `max_difference_ns` (evo's rule; a pose of the longer one may serve twice). Time order. Throws
/// std::invalid_argument for a negative difference.
std::vector<PosePair> AssociateByTime(const datasets::TrajectoryPoses& reference,
                                      const datasets::TrajectoryPoses& estimate,
                                      std::int64_t max_difference_ns);

/// kSe3: rotation and translation by least squares over the positions (Umeyama 1991 without scale, Horn
/// 1987); kPosition: the translation alone; kNone: the frames are one.
enum class Alignment { kSe3, kPosition, kNone };

/// reference_from_estimate, the motion that takes the estimate's frame to the reference's. For kSe3 the
/// positions must not lie on a line, or turning about it is left open: throws std::invalid_argument (as for
/// fewer than 3 pairs; kPosition needs one).
Eigen::Isometry3d Align(const std::vector<PosePair>& pairs, Alignment alignment);

/// The pairs with every estimate moved by `reference_from_estimate`.
std::vector<PosePair> Aligned(std::vector<PosePair> pairs, const Eigen::Isometry3d& reference_from_estimate);

}  // namespace perilune::tools
