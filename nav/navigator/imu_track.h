#pragma once

#include <vector>

#include "nav/estimation/propagate.h"

namespace perilune::nav {

struct ImuTrackOptions {
  /// Two samples further apart than this do not say what happened between them, s.
  double longest_gap_s = 0.1;
  /// Where there is no sample the lander coasts: constant velocity and attitude in `site`, as uncertain as an
  /// unknown braking of about 2 m/s² and a slow turn leave them.
  ImuNoise coasting = {1e-2, 0, 3.0, 0};

  /// Throws std::invalid_argument.
  void Validate() const;
};

/// Inertial samples, in `body`, over a stretch of time. Between two samples their mean counts; before the
/// first and after the last that sample, for at most the longest gap.
class ImuTrack {
 public:
  ImuTrack(const dem::Site& site, const ImuNoise& noise, const ImuTrackOptions& options);

  /// Samples follow the earlier ones in time; throws std::invalid_argument otherwise.
  void Append(const std::vector<Imu>& samples);
  /// The state at `t_ns`, which is not before its own time.
  State Propagate(State state, std::int64_t t_ns) const;
  /// Forgets samples that no time at or after `t_ns` needs.
  void DropBefore(std::int64_t t_ns);

 private:
  struct Step;
  Step NextStep(const State& state, std::int64_t t_ns) const;

  dem::Site site_;
  ImuNoise noise_;
  ImuTrackOptions options_;
  std::vector<Imu> samples_;
};

}  // namespace perilune::nav
