#pragma once

#include <Eigen/Geometry>
#include <cstdint>
#include <optional>
#include <vector>

#include "dem/frames/pose.h"
#include "vision/camera/camera.h"
#include "vision/tracking/motion_consensus.h"
#include "vision/tracking/two_view.h"

namespace perilune::vision {

/// Where two frames show one surface point.
struct TrackPair {
  std::int64_t track_id = 0;
  Eigen::Vector2d pixel0_px = Eigen::Vector2d::Zero();
  Eigen::Vector2d pixel1_px = Eigen::Vector2d::Zero();
  /// Of pixel1 given pixel0: a track follows what frame 0 shows at pixel0, which is exact by definition.
  Eigen::Matrix2d covariance_px2 = Eigen::Matrix2d::Identity();
  /// Distance from camera 0 along pixel0's ray where it is known: a map rendered from the predicted pose
  /// (View::range_m), or an altimeter's range carried along a plane.
  std::optional<double> range0_m;
};

/// How well the pairs' ranges are known; they alone give the scale.
struct RangeKnowledge {
  double own_relative_sigma = 0.02;     ///< of each range: relief, map detail
  double common_relative_sigma = 0.01;  ///< of all together: height over the map, the altimeter's error
  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

struct RelativeMotionOptions {
  MotionConsensusOptions consensus;
  double huber_sigma = 2.5;  ///< on the whitened residual
  int max_iterations = 30;
  /// Added to every pair's own sigma: what a track's covariance does not know of (interpolation, the light's
  /// change with the phase angle).
  double pixel_floor_px = 0.02;
  /// Where some ranges are known, the others lie about their median with this relative sigma.
  double inverse_range_spread = 1.0;
  /// Tracks fewer than that give no motion.
  int min_tracks = 12;
  /// Share of the tracks that must agree.
  double min_inlier_share = 0.5;
  /// 1 sigma of the direction along its worst axis above which it is weak.
  double weak_direction_rad = 0.05;
  /// chi² by which a distinct direction must be worse to be ruled out.
  double ambiguity_chi2 = 25;

  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

enum class MotionStatus {
  kOk,
  kWeak,          ///< direction badly determined along `weak_axis_in_cam0`, or a second one fits as well
  kNoParallax,    ///< rotation alone explains the tracks: no direction
  kInconsistent,  ///< too few tracks agree on any motion
  kTooFewTracks,
};

/// Motion of the camera from frame 0 to frame 1.
struct RelativeMotion {
  MotionStatus status = MotionStatus::kTooFewTracks;
  /// Rotation, and the place of camera 1 in cam0: a unit vector, or metres where `scaled`; zero without
  /// parallax and scale.
  Eigen::Isometry3d cam0_from_cam1 = Eigen::Isometry3d::Identity();
  bool scaled = false;
  /// Of δ = [δθ right, in cam1, rad; δp additive, in cam0] as dem/frames/pose.h. Without scale δp is
  /// tangential to the unit vector (rank 5); without parallax only the rotation's block counts.
  dem::Matrix6d covariance = dem::Matrix6d::Zero();
  /// Covariance of the unit vector along the translation, rad², rank 2; its axis of largest sigma.
  Eigen::Matrix3d direction_covariance_rad2 = Eigen::Matrix3d::Zero();
  double direction_sigma_rad = 0;
  Eigen::Vector3d weak_axis_in_cam0 = Eigen::Vector3d::Zero();
  /// A distinct direction (unit, in cam0) that the tracks do not rule out.
  std::optional<Eigen::Vector3d> second_direction_in_cam0;
  double parallax_px = 0;     ///< median displacement that rotation does not explain
  double residual_scale = 0;  ///< RMS of the whitened residuals across the epipolar lines: 1 as declared
  std::vector<int> inliers;   ///< indices of the pairs that agree, ascending

  bool HasDirection() const { return status == MotionStatus::kOk || status == MotionStatus::kWeak; }
};

/// The motion between two frames from tracks: consensus (motion_consensus.h), then two-view bundle
/// adjustment over a plane with relief, both estimated, Huber's loss, and the tracks' own covariances
/// (two_view.h; Triggs et al. 2000). Rotation is estimated, with the prior's help where there is one.
/// WITHOUT A PRIOR the direction over real relief is far less certain than its covariance says
/// (docs/tracking.md): a start for something better, not to navigate by.
/// Near-planar ground leaves rotation and sideways motion hard to tell apart: the covariance holds that, and
/// `kWeak` says it.
///
/// The direction is of the displacement: over an interval dt, velocity = translation / dt is the mean one.
/// With known ranges (`range0_m`; those without one are held by the median) the translation is in metres; the
/// scale's common error is in `covariance`. The covariance is scaled up where residuals are larger than
/// declared, never down.
///
/// Throws std::invalid_argument for a bad camera, options, prior, ranges that are not positive, or a
/// covariance that is not positive definite.
RelativeMotion EstimateRelativeMotion(const std::vector<TrackPair>& pairs, const Camera& camera,
                                      const std::optional<RotationPrior>& prior = std::nullopt,
                                      const std::optional<RangeKnowledge>& ranges = std::nullopt,
                                      const RelativeMotionOptions& options = {});

}  // namespace perilune::vision
