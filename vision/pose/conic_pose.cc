#include "vision/pose/conic_pose.h"

#include <Eigen/Dense>
#include <cmath>

#include "dem/checks/require.h"
#include "dem/linear/symmetric_eigen.h"
#include "dem/linear/symmetric_solve.h"

namespace perilune::vision {
namespace {

/// d ShapeDifference(from, to) / d (to_xx, to_yy, to_xy).
Eigen::Matrix3d DifferenceByShape(const Eigen::Matrix2d& from, const Eigen::Matrix2d& to) {
  const dem::PrincipalAxes of_from = dem::PrincipalAxesOf(from);
  const Eigen::Matrix2d inverse_root = of_from.With(of_from.values.cwiseSqrt().cwiseInverse());
  const dem::PrincipalAxes eigen = dem::PrincipalAxesOf(inverse_root * to * inverse_root);
  const double low = eigen.values[0], high = eigen.values[1];
  const double mixed = high - low > 1e-9 * high ? std::log(high / low) / (high - low) : 2 / (high + low);
  Eigen::Matrix2d divided;
  divided << 1 / low, mixed, mixed, 1 / high;
  const Eigen::Matrix2d& q = eigen.axes;
  Eigen::Matrix3d result;
  for (int k = 0; k < 3; ++k) {
    Eigen::Matrix2d d = Eigen::Matrix2d::Zero();
    if (k < 2) {
      d(k, k) = 1;
    } else {
      d(0, 1) = d(1, 0) = 1;
    }
    const Eigen::Matrix2d turned = q.transpose() * inverse_root * d * inverse_root * q;
    const Eigen::Matrix2d l = q * turned.cwiseProduct(divided) * q.transpose();
    result.col(k) << l(0, 0), l(1, 1), std::sqrt(2.0) * l(0, 1);
  }
  return result;
}

}  // namespace

void RimIrregularity::Validate() const {
  dem::Require(centre_sigma_diameters >= 0, "centre_sigma_diameters", centre_sigma_diameters, "at least 0");
  dem::Require(axes_sigma >= 0 && axes_sigma < 1, "axes_sigma", axes_sigma, "at least 0 and below 1");
  dem::Require(height_sigma_m >= 0, "height_sigma_m", height_sigma_m, "at least 0");
}

std::optional<ConicResidual> EvaluateConic(const ConicMatch& match, const RimIrregularity& irregularity,
                                           const Eigen::Isometry3d& moon_from_cam) {
  const auto projection = ProjectRimWithDerivatives(match.rim, moon_from_cam);
  if (!projection) return std::nullopt;
  ConicResidual result;
  const Ellipse& seen = match.measured.ellipse;
  result.residual.head<2>() = seen.centre - projection->ellipse.centre;
  result.residual.tail<3>() = -ShapeDifference(seen.shape, projection->ellipse.shape);
  result.by_pose.topRows<2>() = projection->centre_by_pose;
  result.by_pose.bottomRows<3>() =
      DifferenceByShape(seen.shape, projection->ellipse.shape) * projection->shape_by_pose;
  result.covariance = match.measured.covariance;
  // A share of the diameter on the ground is that share of the ellipse's in the image, in any direction.
  const double of_centre = 2 * irregularity.centre_sigma_diameters;
  const Eigen::Vector2d by_height = irregularity.height_sigma_m * projection->centre_by_height;
  result.covariance.topLeftCorner<2, 2>() +=
      of_centre * of_centre * projection->ellipse.shape + by_height * by_height.transpose();
  const double of_shape = 2 * irregularity.axes_sigma;
  result.covariance.bottomRightCorner<3, 3>().diagonal().array() += of_shape * of_shape;
  result.covariance *= match.variance_scale;
  return result;
}

Eigen::Vector3d DirectionOfCentre(const Ellipse& ellipse, const Eigen::Vector3d& up_in_cam) {
  const Eigen::Vector3d pole = DualConicOf(ellipse) * up_in_cam;
  return pole.normalized() * (pole.z() < 0 ? -1 : 1);
}

std::optional<Eigen::Vector3d> PositionFromRim(const ConicMatch& match,
                                               const Eigen::Matrix3d& moon_from_cam) {
  const Eigen::Vector3d up = moon_from_cam.transpose() * match.rim.up;
  const Eigen::Matrix3d dual = DualConicOf(match.measured.ellipse);
  const Eigen::Vector3d direction = DirectionOfCentre(match.measured.ellipse, up);
  const double down = -direction.dot(up);
  if (!(down > 0)) return std::nullopt;
  // k · dual = m mᵀ + n nᵀ − c cᵀ with c = ρ direction. Along `up` it is −(c·up)²; the rest of its trace is
  // |m|² + |n|² − |c|² + (c·up)².
  const double along_up = up.dot(dual * up);
  const double share = (dual.trace() - along_up) / along_up;
  const double squared = 1 - down * down - down * down * share;
  if (!(squared > 0)) return std::nullopt;
  const double range = std::sqrt((match.rim.major.squaredNorm() + match.rim.minor.squaredNorm()) / squared);
  return match.rim.centre - range * (moon_from_cam * direction);
}

std::optional<Eigen::Vector3d> PositionFromCentres(std::span<const ConicMatch> matches,
                                                   const Eigen::Matrix3d& moon_from_cam) {
  if (matches.size() < 2) return std::nullopt;
  Eigen::Vector3d position = Eigen::Vector3d::Zero();
  // Sigmas on the ground need distances: the second pass has them.
  for (int pass = 0; pass < 2; ++pass) {
    Eigen::Matrix3d normal = Eigen::Matrix3d::Zero();
    Eigen::Vector3d right = Eigen::Vector3d::Zero();
    for (const ConicMatch& match : matches) {
      const Eigen::Vector3d direction =
          moon_from_cam * DirectionOfCentre(match.measured.ellipse, moon_from_cam.transpose() * match.rim.up);
      const double range = pass == 0 ? 1 : (match.rim.centre - position).norm();
      const double sigma = range * std::sqrt(match.measured.covariance.topLeftCorner<2, 2>().trace());
      const Eigen::Matrix3d across =
          (Eigen::Matrix3d::Identity() - direction * direction.transpose()) / (sigma * sigma);
      normal += across;
      right += across * match.rim.centre;
    }
    const Eigen::SelfAdjointEigenSolver<Eigen::Matrix3d> eigen(normal);
    if (!(eigen.eigenvalues()[0] > 1e-9 * eigen.eigenvalues()[2])) return std::nullopt;
    position = dem::SolveSymmetric(normal, right);
  }
  return position;
}

std::optional<ConicPose> StepsToPose(std::span<const ConicMatch> matches, const RimIrregularity& irregularity,
                                     const Eigen::Isometry3d& start,
                                     const std::optional<PosePriorFactor>& prior, int steps) {
  ConicPose pose;
  pose.moon_from_cam = start;
  for (int step = 0; step <= steps; ++step) {
    dem::Matrix6d information = dem::Matrix6d::Zero();
    dem::Vector6d right = dem::Vector6d::Zero();
    if (prior) {
      information = prior->information;
      right = prior->information * dem::PoseDifference(pose.moon_from_cam, prior->site_from_cam);
    }
    pose.chi2 = 0;
    for (const ConicMatch& match : matches) {
      const auto r = EvaluateConic(match, irregularity, pose.moon_from_cam);
      if (!r) return std::nullopt;
      const Eigen::LLT<Matrix5d> factor(r->covariance);
      const Eigen::Matrix<double, 5, 6> j = factor.matrixL().solve(r->by_pose);
      const Vector5d whitened = factor.matrixL().solve(r->residual);
      information.noalias() += j.transpose() * j;
      right.noalias() += j.transpose() * whitened;
      pose.chi2 += whitened.squaredNorm();
    }
    // Metres and radians differ by 1e5: scaled, what is open shows.
    const dem::Vector6d scale = information.diagonal().cwiseMax(1e-300).cwiseSqrt().cwiseInverse();
    const Eigen::LDLT<dem::Matrix6d> solver(scale.asDiagonal() * information * scale.asDiagonal());
    if (!(solver.vectorD().minCoeff() > 1e-12)) return std::nullopt;
    if (step == steps) {
      pose.covariance = scale.asDiagonal() * solver.solve(dem::Matrix6d::Identity()) * scale.asDiagonal();
      return pose;
    }
    const dem::Vector6d delta = scale.cwiseProduct(solver.solve(scale.cwiseProduct(right)));
    if (!delta.allFinite()) return std::nullopt;
    pose.moon_from_cam = dem::Perturb(pose.moon_from_cam, delta);
  }
  return std::nullopt;
}

}  // namespace perilune::vision
