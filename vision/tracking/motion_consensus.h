#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "vision/tracking/two_view.h"

namespace perilune::vision {

struct MotionConsensusOptions {
  double gate_px = 1.0;  ///< distance from the epipolar line up to which a track agrees
  int samples = 200;     ///< at most: fewer where many tracks agree
  std::uint64_t seed = 1;
  /// Two hypotheses whose directions differ by more are different answers and not one badly determined.
  double distinct_rad = 0.26;

  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

/// A motion up to scale that tracks agree on; its translation is a unit vector.
struct MotionHypothesis {
  Eigen::Isometry3d cam0_from_cam1 = Eigen::Isometry3d::Identity();
  double cost = 0;  ///< Σ min(distance², gate²)
};

/// The best hypothesis first, then the best whose direction is distinct from it, if there is one: near-planar
/// ground has two answers. Empty with fewer than 5 tracks or when no sample gave one.
///
/// With a rotation prior a sample is two tracks that give the direction, refined with five against the prior;
/// without, five tracks (Nistér 2004, by OpenCV). Truncated-quadratic score (MSAC, Torr & Zisserman 2000),
/// local optimisation (Chum, Matas & Kittler 2003). Samples come from (seed, counter).
std::vector<MotionHypothesis> FindMotionHypotheses(const std::vector<TwoViewTrack>& tracks,
                                                   const Camera& camera,
                                                   const std::optional<RotationPrior>& prior,
                                                   const MotionConsensusOptions& options);

/// Indices of the tracks within the gate, ascending.
std::vector<int> TracksWithin(const std::vector<TwoViewTrack>& tracks, const Camera& camera,
                              const Eigen::Isometry3d& cam0_from_cam1, double gate_px);

/// Angle between two directions, rad.
double AngleBetween_rad(const Eigen::Vector3d& a, const Eigen::Vector3d& b);

}  // namespace perilune::vision
