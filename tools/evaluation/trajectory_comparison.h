#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tools/evaluation/trajectory_alignment.h"
#include "tools/evaluation/trajectory_errors.h"

namespace perilune::tools {

struct ComparisonOptions {
  Alignment alignment = Alignment::kSe3;  ///< the other trajectory has a frame of its own
  double max_time_difference_s = 0.01;    ///< evo's default
  RelativeDelta delta;

  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

/// A trajectory (the estimate) against another one (the reference).
struct TrajectoryComparison {
  int poses = 0;   ///< of the estimate
  int others = 0;  ///< of the reference
  int common = 0;
  Eigen::Isometry3d reference_from_estimate = Eigen::Isometry3d::Identity();
  PoseErrors absolute;
  std::optional<PoseErrors> relative;  ///< absent when no step is as long as delta
};

/// Throws std::invalid_argument: options; no pose in common; what Align refuses.
TrajectoryComparison CompareTrajectories(const datasets::TrajectoryPoses& reference,
                                         const datasets::TrajectoryPoses& estimate,
                                         const ComparisonOptions& options);

/// A run's folder (its trajectory.tum; `site` is its frame) or a trajectory file. Throws dem::DataError.
datasets::TrajectoryPoses OpenTrajectory(const std::filesystem::path& run_or_file);

/// Plain text: a row a number, a column a run. Angles in degrees.
std::string ComparisonTable(const std::vector<std::pair<std::string, TrajectoryComparison>>& runs,
                            const ComparisonOptions& options);

/// An object a run: poses, others, common, alignment, reference_from_estimate (16 numbers by rows), ape and
/// rpe with translation_m and rotation_rad.
std::string ComparisonJson(const std::vector<std::pair<std::string, TrajectoryComparison>>& runs,
                           const ComparisonOptions& options);

/// "se3", "position", "none"; nothing for another name.
std::string AlignmentName(Alignment alignment);
std::optional<Alignment> AlignmentFromName(const std::string& name);

}  // namespace perilune::tools
