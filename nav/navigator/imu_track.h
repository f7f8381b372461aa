#pragma once

#include <vector>

#include "nav/estimation/propagate.h"
#include "nav/navigator/stuck_axis.h"

namespace perilune::nav {

struct ImuTrackOptions {
  /// Two samples further apart than this do not say what happened between them, s.
  double longest_gap_s = 0.1;
  /// Where there is no sample the lander coasts: constant velocity and attitude in `site`, as uncertain as an
  /// unknown braking of about 2 m/s² and a slow turn leave them.
  ImuNoise coasting = {1e-2, 0, 3.0, 0};
  /// An axis that gives the same number so many times in a row is at the end of its range, or stuck: what it
  /// says counts as uncertain as coasting, from the first of them on.
  int stuck_readings = 10;

  /// Throws std::invalid_argument.
  void Validate() const;
};

/// Which sensors of an inertial unit have a stuck axis.
struct StuckSensors {
  bool gyro = false, accel = false;
  bool operator==(const StuckSensors&) const = default;
};

/// Inertial samples over a stretch of time, brought to `body`. Between two samples their mean counts; before
/// the first and after the last that sample, for at most the longest gap.
class ImuTrack {
 public:
  ImuTrack(const dem::Site& site, const Eigen::Isometry3d& body_from_imu, const ImuNoise& noise,
           const ImuTrackOptions& options);

  /// Samples, in `imu`, follow the earlier ones in time; throws std::invalid_argument otherwise. The state is
  /// propagated after it, so that readings of these samples are known to be stuck from the first one on.
  void Append(const std::vector<Imu>& samples);
  /// What was found to be stuck in the last sample.
  StuckSensors Stuck() const { return samples_.empty() ? StuckSensors() : samples_.back().stuck; }
  /// The state at `t_ns`, which is not before its own time.
  State Propagate(State state, std::int64_t t_ns) const;
  /// Forgets samples that no time at or after `t_ns` needs.
  void DropBefore(std::int64_t t_ns);

 private:
  struct Sample {
    Imu in_body;
    StuckSensors stuck;
  };
  struct Step;
  Step NextStep(const State& state, std::int64_t t_ns) const;

  ImuNoise NoiseOf(const StuckSensors& stuck) const;

  dem::Site site_;
  Eigen::Isometry3d body_from_imu_;
  ImuNoise noise_;
  ImuTrackOptions options_;
  StuckAxis stuck_gyro_, stuck_accel_;
  std::vector<Sample> samples_;
};

}  // namespace perilune::nav
