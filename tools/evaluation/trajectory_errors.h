#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "tools/evaluation/trajectory_alignment.h"

namespace perilune::tools {

/// Of a sample of errors, in its unit; `std` divides by the count, as evo's does.
struct ErrorStatistics {
  double rmse = 0;
  double mean = 0;
  double median = 0;
  double std = 0;
  double min = 0;
  double max = 0;
  int count = 0;
};

/// Throws std::invalid_argument for an empty sample.
ErrorStatistics SummariseErrors(const std::vector<double>& errors);

struct PoseErrors {
  ErrorStatistics translation_m;
  ErrorStatistics rotation_rad;
};

/// Absolute pose error (Sturm et al. 2012; evo's APE): |p_estimate − p_reference|, and the angle of
/// R_referenceᵀ R_estimate, of each pair. Throws std::invalid_argument without pairs.
PoseErrors AbsolutePoseError(const std::vector<PosePair>& pairs);

/// What a relative error is taken over: so many pairs of poses, or so many metres of the estimate's path.
struct RelativeDelta {
  enum class Unit { kFrames, kMetres } unit = Unit::kFrames;
  double value = 1;

  /// Throws std::invalid_argument: not above zero; frames that are not whole.
  void Validate() const;
};

/// Indices (from, to) of consecutive, not overlapping steps (evo without --all_pairs). In metres, a pose is
/// taken when the estimate has gone at least `value` since the last one that was taken, so that the start is
/// none of them.
std::vector<std::pair<std::size_t, std::size_t>> RelativeSteps(const std::vector<PosePair>& pairs,
                                                               const RelativeDelta& delta);

/// Relative pose error (evo's RPE): of (Q_i⁻¹ Q_j)⁻¹ (P_i⁻¹ P_j), Q the reference and P the estimate, the
/// length of the translation and the angle of the rotation, over RelativeSteps. Nothing when there is no
/// step. Alignment does not change it.
std::optional<PoseErrors> RelativePoseError(const std::vector<PosePair>& pairs, const RelativeDelta& delta);

}  // namespace perilune::tools
