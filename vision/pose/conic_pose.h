#pragma once

#include <Eigen/Geometry>
#include <optional>
#include <span>
#include <vector>

#include "vision/craters/crater_detection.h"
#include "vision/craters/crater_rim.h"
#include "vision/pose/refine_pose.h"

namespace perilune::vision {

/// How far real rims are from the ellipses of their catalogue, 1 sigma.
struct RimIrregularity {
  double centre_sigma_diameters = 0.02;  ///< of the centre, each axis, in diameters of the crater
  double axes_sigma = 0.03;              ///< of each axis, relative
  double height_sigma_m = 100;           ///< of the rim's plane
  void Validate() const;
};

/// A rim of the catalogue that was seen.
struct ConicMatch {
  CraterRim rim;
  MeasuredEllipse measured;
  double variance_scale = 1;  ///< of all that is declared of the residual
};

/// Measured less projected: the centre (normalised image plane) and −ShapeDifference(measured, projected);
/// derivatives of the projected by the pose (dem/frames/pose.h with `moon` for `site`); covariance of the
/// residual at the true pose: the detection's, and the rim's irregularity.
struct ConicResidual {
  Vector5d residual;
  Eigen::Matrix<double, 5, 6> by_pose;
  Matrix5d covariance;
};
/// Nothing when the rim is not seen from there.
std::optional<ConicResidual> EvaluateConic(const ConicMatch& match, const RimIrregularity& irregularity,
                                           const Eigen::Isometry3d& moon_from_cam);

/// Direction in `cam` (unit) of a crater's centre whose rim's image is this ellipse and whose plane has this
/// normal in `cam`: the pole of the plane's vanishing line. Exact for any ellipse.
Eigen::Vector3d DirectionOfCentre(const Ellipse& ellipse, const Eigen::Vector3d& up_in_cam);

/// Where a camera of known attitude is that sees one rim: direction of the centre, and distance from the
/// size. Exact for exact measurements; nothing when no ellipse in the rim's plane looks like that from above.
std::optional<Eigen::Vector3d> PositionFromRim(const ConicMatch& match, const Eigen::Matrix3d& moon_from_cam);

/// The point nearest to the lines of sight of all centres, weighted by their sigmas on the ground: position
/// of a camera of known attitude in closed form, from centres alone. Exact for exact measurements. Nothing
/// for fewer than two, or lines that are parallel.
std::optional<Eigen::Vector3d> PositionFromCentres(std::span<const ConicMatch> matches,
                                                   const Eigen::Matrix3d& moon_from_cam);

/// A pose with what is known of it.
struct ConicPose {
  Eigen::Isometry3d moon_from_cam = Eigen::Isometry3d::Identity();
  dem::Matrix6d covariance = dem::Matrix6d::Zero();  ///< rows as dem/frames/pose.h: δθ in cam, δp in `moon`
  double chi2 = 0;            ///< Σ rᵀ Σ⁻¹ r over the matches; expected about 5 a match less 6
  double variance_scale = 1;  ///< of the matches, on which the covariance rests
};

/// A few steps of Gauss-Newton: for the inner loop of a search. Nothing when the matches and the prior leave
/// a direction open, or a rim goes out of sight.
std::optional<ConicPose> StepsToPose(std::span<const ConicMatch> matches, const RimIrregularity& irregularity,
                                     const Eigen::Isometry3d& start,
                                     const std::optional<PosePriorFactor>& prior, int steps);

/// The pose that best explains the rims, each with its covariance, with an optional prior (`moon` for
/// `site`): Ceres, one thread, analytic Jacobians, Huber's loss at 4 sigma of the five-vector. Nothing when
/// the solver fails.
std::optional<ConicPose> RefineConicPose(std::span<const ConicMatch> matches,
                                         const RimIrregularity& irregularity, const Eigen::Isometry3d& start,
                                         const std::optional<PosePriorFactor>& prior);

/// The same once more where the residuals scatter more than was declared, with all their covariances scaled
/// by how much (χ² over its degrees of freedom): what light does to a rim, no detection knows. χ² is that of
/// the declared ones.
std::optional<ConicPose> RefineAsScattered(std::vector<ConicMatch> matches,
                                           const RimIrregularity& irregularity,
                                           const Eigen::Isometry3d& start,
                                           const std::optional<PosePriorFactor>& prior);

}  // namespace perilune::vision
