#pragma once

#include <Eigen/Geometry>
#include <cstdint>
#include <optional>
#include <vector>

#include "vision/camera/camera.h"
#include "vision/matching/match.h"
#include "vision/pose/refine_pose.h"

namespace perilune::vision {

struct ConsensusOptions {
  double gate_px = 3;      ///< inlier threshold on the reprojection error
  int samples = 200;       ///< hypotheses tried
  int sample_size = 4;     ///< matches a hypothesis: one more than minimal steadies near-flat ground
  std::uint64_t seed = 1;  ///< of the deterministic sampling
  /// Where Gauss-Newton starts; the prior's pose where there is none. A prior that is off by more than the
  /// height of the camera is no start: half its landmarks lie outside the image.
  std::optional<Eigen::Isometry3d> start;
  void Validate() const;
};

struct Consensus {
  std::vector<int> inliers;  ///< ascending; empty when no hypothesis stood
  Eigen::Isometry3d site_from_cam = Eigen::Isometry3d::Identity();
};

/// Locally optimised sample consensus (Chum, Matas & Kittler 2003) with a truncated-quadratic score (MSAC,
/// Torr & Zisserman 2000). A hypothesis is the pose nearest the prior that explains a random sample:
/// Gauss-Newton from the prior with its information, which is what a lander always has and what flat ground
/// needs. Deterministic for a seed.
Consensus FindConsensus(const std::vector<Match>& matches, const Camera& camera, const PosePriorFactor& prior,
                        const ConsensusOptions& options);

}  // namespace perilune::vision
