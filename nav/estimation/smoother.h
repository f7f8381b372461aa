#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "dem/terrain/terrain.h"
#include "nav/estimation/measurement_factors.h"
#include "nav/estimation/state.h"
#include "nav/estimation/update.h"
#include "nav/estimation/window.h"
#include "nav/fix/fix.h"

namespace perilune::nav {

struct SmootherOptions {
  int keyframes = 20;  ///< of the window; at 1 Hz, 20 s
  ImuNoise imu_noise;
  /// Two samples further apart do not say what happened between them, s.
  double longest_imu_gap_s = 0.1;
  /// There, the last sample holds as well as an unknown braking of about 2 m/s² and a slow turn let it.
  ImuNoise gap_noise = {1e-2, 0, 3.0, 0};
  /// A measurement up to this long after a keyframe speaks of that keyframe, through the inertial
  /// measurements in between; a later one opens its own, s.
  double longest_carry_s = 1.5;
  /// Local error of the map, which pictures next to each other share (map_error.h): its long-run covariance
  /// and the distance flown over which it decays to 1/e. Zero covariance: none.
  Eigen::Matrix3d map_error_covariance_m2 = Eigen::Matrix3d::Zero();
  double map_error_correlation_m = 1000;
  /// Huber's threshold in sigmas: the second line behind the gates, which let one honest measurement in
  /// 10 000 through at 3.9 sigma and more.
  double huber_sigma = 3;
  double match_threshold = 18.421;  ///< on the NIS of one landmark, dof 2, one in 10 000
  int least_matches = 3;            ///< that remain, or the picture says nothing
  RangeOptions range;
  WindowSolveOptions solve;

  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

/// kTooOld: before the window's oldest keyframe. kNotPredicted: nothing to compare with (a beam that misses
/// the map, too few landmarks).
enum class EntryStatus { kAccepted, kGated, kTooOld, kNotPredicted };

/// What became of a measurement, with its numbers.
struct EntryResult {
  EntryStatus status = EntryStatus::kTooOld;
  std::int64_t t_ns = 0;
  double nis = 0;
  int dof = 0;
  double threshold = 0;
  bool delayed = false;      ///< it spoke of a time before the newest one known
  int matches_accepted = 0;  ///< of a picture
};

/// A picture's landmarks, as left by a consensus.
struct LandmarkMeasurement {
  std::int64_t t_ns = 0;
  std::vector<vision::Match> matches;
};

/// Fixed-lag smoother over keyframes of pose, velocity, biases and local map error, with one range bias and
/// one map tie for the whole window (ordered and marginalised by hand: window.h; keyframes by preintegrated
/// inertial measurements, Forster et al. 2017; first estimates as Huang, Mourikis and Roumeliotis 2010).
/// Measurements enter at their own time, also late ones, each after a gate on its NIS. A picture or a fix
/// opens a keyframe of its own and solves the window; ranges, attitudes and speeds speak of the last keyframe
/// before them, and move the newest state as a filter does until the next solution takes them in. A new level
/// of the map has a tie of its own: start anew from ResetMapTie(Newest()). No files, clocks or global state;
/// the same calls give the same bytes.
class Smoother {
 public:
  /// Throws std::invalid_argument for bad options.
  Smoother(const SmootherOptions& options, const dem::Site& site, const State& initial);
  ~Smoother();
  Smoother(Smoother&&) noexcept;
  Smoother& operator=(Smoother&&) noexcept;

  /// In axes and at the origin of `body`, each after the earlier ones; before the measurements that they lead
  /// to.
  void AddImu(std::span<const Imu> samples);
  EntryResult AddLandmarks(const LandmarkMeasurement& measurement, const vision::Camera& camera,
                           const Eigen::Isometry3d& body_from_cam);
  /// A fix that has a pose. With its attitude only when that rests on the picture alone (update.h).
  EntryResult AddFix(const Fix& fix, const Eigen::Isometry3d& body_from_cam, bool with_attitude);
  EntryResult AddRange(const Range& range, const Eigen::Isometry3d& body_from_beam, const dem::Terrain& map,
                       const SharedByRanges& shared);
  EntryResult AddAttitude(const Attitude& attitude);
  EntryResult AddBeamSpeeds(std::int64_t t_ns, const std::vector<BeamSpeed>& beams);

  /// The state at the newest time that a measurement spoke of.
  const State& Newest() const;
  /// The state at a time: the newest one carried on, or that of the window with all that came later. Nothing
  /// before the window.
  std::optional<State> At(std::int64_t t_ns) const;
  const Window& window() const;
  const WindowSolveReport& last_solve() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace perilune::nav
