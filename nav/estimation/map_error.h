#pragma once

#include <vector>

#include "nav/estimation/state.h"
#include "nav/estimation/update.h"

namespace perilune::nav {

// A map errs in two ways. As a whole it is displaced: the tie, constant over a level and unknown at its
// start. Locally its heights are wrong, correlated over some of its pixels: fixes whose footprints overlap
// share that error, so white-noise updates would shrink the covariance far below the error. The local error
// is a state of its own, a first-order Gauss-Markov process over the distance flown (Gelb 1974, chapter 2,
// with distance for time): a fix observes p + tie + error + noise, and what the filter cannot tell apart
// stays uncertain.

struct MapErrorOptions {
  /// Share of a fix's variance that it has in common with fixes at the same place: the map's errors against
  /// the noise of matching. The rest is independent from image to image.
  double shared_variance = 0.8;
  /// Distance over which the shared error decays to 1/e, as a part of the image's footprint on the ground.
  double correlation_footprints = 0.7;

  /// Throws std::invalid_argument.
  void Validate() const;
};

/// 1 sigma of the displacement of a map as a whole, m.
struct TieSigma {
  double horizontal_m = 0;  ///< each axis
  double vertical_m = 0;
};

/// The start of a level of the map: tie and local error are zero, as uncertain as declared, and independent
/// of everything else (maps of different levels have different ties). What was learnt of the true position
/// stays.
State ResetMapTie(const State& state, const TieSigma& tie, const Eigen::Matrix3d& local_error_covariance_m2);

/// The local error after `distance_m` of flight over ground: correlated with what it was by exp(−distance /
/// correlation), with `stationary_covariance_m2` as its long-run covariance.
State AdvanceMapError(const State& state, double distance_m, double correlation_m,
                      const Eigen::Matrix3d& stationary_covariance_m2);

/// The fix with the independent part of its position's variance alone; the shared part is the state's map
/// error.
Fix WithoutSharedError(const Fix& fix, const MapErrorOptions& options);
Eigen::Matrix3d SharedErrorCovariance(const Fix& fix, const MapErrorOptions& options);

/// Number of successive samples that share one error of a first-order process of correlation length
/// `correlation_m` when taken `step_m` apart: their mean has the variance of one sample in 2·correlation (at
/// least 1).
double CorrelatedSamples(double correlation_m, double step_m);

/// A fix that the gate refused.
struct RefusedFix {
  Fix fix;                                                 ///< without its matches
  Eigen::Vector3d innovation_m = Eigen::Vector3d::Zero();  ///< against the prediction of its time
};

struct ReadmissionOptions {
  int refusals = 3;              ///< in a row, before the state is doubted and not the fixes
  double threshold = kGateDof3;  ///< on the difference of two refused innovations …
  /// … or they differ by at most this share of what they differ from the state by: between two fixes the
  /// wrong state drifts.
  double agreement = 0.25;
  /// … or they lie on one line in time within the threshold (a wrong velocity), which drifts by at most this
  /// share of the way in between: what stands still while the lander flies (one picture again and again) lies
  /// on a line too.
  double drift_share = 0.1;

  /// Throws std::invalid_argument.
  void Validate() const;
};

/// Whether the last refusals agree with each other: each innovation with the last one, or all with one drift.
/// A state that is wrong shows the same error to every fix, or one that grows evenly; wrong fixes disagree.
enum class Readmission { kNotYet, kFixesDisagree, kStateIsWrong };
Readmission JudgeRefusals(const std::vector<RefusedFix>& refused, const ReadmissionOptions& options);

/// The state with its covariance widened until the last refused innovation is a 1-sigma event: position by
/// the innovation, velocity by the innovation over `elapsed_s` since the last accepted fix.
State WidenedBy(const State& state, const Eigen::Vector3d& innovation_m, double elapsed_s);

}  // namespace perilune::nav
