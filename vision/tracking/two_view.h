#pragma once

#include <Eigen/Geometry>
#include <limits>
#include <optional>
#include <vector>

#include "dem/frames/pose.h"
#include "vision/camera/camera.h"

namespace perilune::vision {

/// What is known of the rotation between two frames (gyro, star tracker): δθ of `cam0_from_cam1` acts on the
/// right, in cam1, as dem/frames/pose.h states it.
struct RotationPrior {
  Eigen::Quaterniond cam0_from_cam1 = Eigen::Quaterniond::Identity();
  Eigen::Matrix3d covariance_rad2 = Eigen::Matrix3d::Identity();
  /// Throws std::invalid_argument unless the rotation is finite and the covariance positive definite.
  void Validate() const;
};

/// A surface point seen in two frames. Its place is `ray0_in_cam0 / inverse_range` in cam0, with the inverse
/// range in the reciprocal of the translation's unit (1/m, or 1/baseline where the translation is a unit
/// vector).
struct TwoViewTrack {
  Eigen::Vector3d ray0_in_cam0 = Eigen::Vector3d::UnitZ();  ///< unit
  Eigen::Vector3d ray1_in_cam1 = Eigen::Vector3d::UnitZ();  ///< unit
  Eigen::Vector2d pixel1_px = Eigen::Vector2d::Zero();
  /// W with W Σ Wᵀ = 1, Σ the covariance of pixel1 given pixel0.
  Eigen::Matrix2d whitening = Eigen::Matrix2d::Identity();
  double inverse_range = 0;  ///< known beforehand, with its sigma
  double inverse_range_sigma = std::numeric_limits<double>::infinity();
};

/// Which part of the translation cam1_in_cam0 is solved for.
enum class TranslationFreedom {
  kNone,                 ///< the frames share one place: points are infinitely far
  kDirection,            ///< a unit vector; every range is free
  kDirectionOverGround,  ///< a unit vector; ranges scatter about a plane that is solved for
  kMetres,               ///< all of it; the tracks' known ranges give the scale
};

/// The ground as a plane with relief: the inverse range along a unit ray r of cam0 is normal·r, with a relief
/// of `sigma`, both in reciprocals of the translation's unit.
struct GroundPlane {
  Eigen::Vector3d normal_in_cam0 = Eigen::Vector3d::Zero();
  double sigma = 1;
};

struct TwoViewFit {
  bool usable = false;  ///< converged to something finite
  Eigen::Isometry3d cam0_from_cam1 = Eigen::Isometry3d::Identity();
  /// Of δ = [δθ; δp] with ranges and plane eliminated; rank 5 for a direction, 3 for kNone.
  dem::Matrix6d information = dem::Matrix6d::Zero();
  double chi2 = 0;  ///< of pixels and known ranges, without the loss and without the rotation's prior
  Eigen::Vector3d plane_normal_in_cam0 = Eigen::Vector3d::Zero();
};

/// Position of a point's image in cam1 that lies nearest the track's, over all ranges from the camera to
/// infinity: its distance in px, by the rays (first order in the camera's mean focal length).
double EpipolarDistance_px(const TwoViewTrack& track, const Camera& camera,
                           const Eigen::Isometry3d& cam0_from_cam1);

/// Inverse range by the rays alone; nothing where the track sees the motion end on.
std::optional<double> InverseRange(const TwoViewTrack& track, const Eigen::Isometry3d& cam0_from_cam1);

/// Inverse range that explains the track's pixel best and what is known of it beforehand, from there.
double BestInverseRange(const TwoViewTrack& track, const Camera& camera,
                        const Eigen::Isometry3d& cam0_from_cam1);

/// Residual of a track at an inverse range, whitened, and the part of it across the epipolar line: standard
/// normal for a good track. The pixels per inverse range, whitened, tell how well the track knows its own.
struct TrackResidual {
  double norm = 0;
  double across = 0;
  double along = 0;
  double by_inverse_range = 0;
};
std::optional<TrackResidual> WhitenedResidual(const TwoViewTrack& track, const Camera& camera,
                                              const Eigen::Isometry3d& cam0_from_cam1, double inverse_range);

struct TwoViewOptions {
  TranslationFreedom freedom = TranslationFreedom::kDirection;
  double huber_sigma = 2.5;  ///< on the whitened residual
  int max_iterations = 30;
};

/// Two-view bundle adjustment: Gauss-Newton on the pose (and the plane) with every track's inverse range
/// eliminated (Schur complement), Huber's loss, optional rotation prior. Points on the focus of expansion
/// constrain the direction by both coordinates, without a special case. Free ranges as many as tracks would
/// bias the direction where displacements are as small as noise; about a common plane they do not.
TwoViewFit FitTwoViews(const std::vector<TwoViewTrack>& tracks, const std::vector<int>& use,
                       const Camera& camera, const Eigen::Isometry3d& start, const GroundPlane& plane,
                       const std::optional<RotationPrior>& prior, const TwoViewOptions& options);

/// Columns of δ that are free at a pose: 6 × 3, 6 × 5 or 6 × 6.
Eigen::MatrixXd FreeColumns(const Eigen::Isometry3d& cam0_from_cam1, TranslationFreedom freedom);

/// Two unit vectors that span, with `direction`, a right-angled frame.
Eigen::Matrix<double, 3, 2> TangentBasis(const Eigen::Vector3d& direction);

}  // namespace perilune::vision
