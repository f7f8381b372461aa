#pragma once

#include <optional>
#include <string>

#include "dem/terrain/terrain.h"
#include "nav/estimation/state.h"
#include "nav/fix/fix.h"
#include "nav/sensors/records.h"

namespace perilune::nav {

/// What became of a measurement. `nis` = νᵀS⁻¹ν of the innovation, chi-square with `dof` when model and
/// sensor are honest. A gated measurement leaves the state as it was.
struct UpdateResult {
  State state;
  bool accepted = false;
  double nis = 0;
  int dof = 0;
  double threshold = 0;
  double log_det_spread = 0;  ///< ln det S: with the NIS it is −2 ln likelihood, up to a constant
};

/// Limits on the normalised innovation squared: chi-square quantiles that an honest measurement exceeds once
/// in 10 000.
inline constexpr double kGateDof1 = 15.137;
inline constexpr double kGateDof3 = 21.108;
inline constexpr double kGateDof6 = 27.856;

/// Linear Kalman update by a measurement with innovation z − h(x), its derivative by the error state and its
/// covariance, in Joseph's form. The attitude's error is moved back to zero (the reset Jacobian is the
/// identity to first order).
UpdateResult UpdateLinear(const State& state, const Eigen::VectorXd& innovation,
                          const Eigen::MatrixXd& derivative, const Eigen::MatrixXd& noise, double threshold);

/// Star tracker.
UpdateResult UpdateAttitude(const State& state, const Attitude& attitude, const dem::Site& site,
                            double threshold = kGateDof3);

/// Position of the camera from a fix: z = p + R·l + tie + map error, with the fix's map-relative 3 × 3
/// position marginal. Its attitude is not used: it rests in part on the attitude prior that came from this
/// very state, and would be counted twice; the star tracker gives more. The weak correlation of the fix's
/// position with that prior is neglected here and is part of what map_error_m absorbs. `lever_m` is the
/// camera in `body`. Only a fix with a pose.
UpdateResult UpdateFix(const State& state, const Fix& fix, const Eigen::Vector3d& lever_m,
                       double threshold = kGateDof3);

/// Position and attitude of the camera from a fix that rests on the picture alone (PosePrior::use_attitude
/// false), with its whole map-relative 6 × 6 covariance: for a lander without a sensor of attitude. What the
/// attitude errors of neighbouring fixes have in common is neglected. Only a fix with a pose.
UpdateResult UpdateFixPose(const State& state, const Fix& fix, const Eigen::Isometry3d& body_from_cam,
                           double threshold = kGateDof6);

struct RangeOptions {
  /// 1 sigma of the ground's detail that a map of a given spacing does not show, per metre of spacing (a map
  /// that is low-passed to 2–3 of its pixels, over ground with a slope of a few degrees at that scale).
  double unresolved_relief = 0.05;
  double threshold = kGateDof1;

  /// Throws std::invalid_argument.
  void Validate() const;
};

/// The range that a map predicts for a beam.
struct RangePrediction {
  double range_m = 0;  ///< with the estimated range bias
  Eigen::Matrix<double, 1, kStateSize> derivative = Eigen::Matrix<double, 1, kStateSize>::Zero();
  double map_sigma_m = 0;  ///< map height and unresolved relief, along the beam
  /// What the ground within the horizontal uncertainty has beside the plane of the derivative, along the
  /// beam, 1 sigma.
  double relief_sigma_m = 0;
  /// Distance over which that departure changes: the larger of the two sigmas of the place it was taken over.
  double relief_correlation_m = 0;
};

/// Where the beam (its +z) meets the map, from the map-relative position, linearised statistically (Gelb
/// 1974, chapter 6): the weighted plane through the ranges from 5 × 5 places within 2 sigma of the horizontal
/// uncertainty, at least half a map pixel. The slope under one place says little when the place is known to a
/// hundred metres: the plane is the ground's trend over what the state allows, and the departures from it are
/// noise. Nothing when a beam misses the map.
std::optional<RangePrediction> PredictRange(const State& state, const dem::Terrain& map,
                                            const Eigen::Isometry3d& body_from_beam,
                                            const RangeOptions& options = {});

/// How many successive ranges share one error, at least 1 (CorrelatedSamples in map_error.h).
struct SharedByRanges {
  double map = 1;     ///< the map's error
  double relief = 1;  ///< the departure of the ground from the plane
};

/// Altimeter. The map's part and the relief's part of the variance are multiplied by the number of ranges
/// that share them, so that their sum weighs as one independent sample. Without that, a lander that does not
/// know its place to better than the ground's hills believes their profile, read at the wrong place, within
/// seconds.
UpdateResult UpdateRange(const State& state, const Range& range, const RangePrediction& prediction,
                         const SharedByRanges& shared, const RangeOptions& options = {});

}  // namespace perilune::nav
