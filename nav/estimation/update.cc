#include "nav/estimation/update.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "dem/frames/pose.h"
#include "dem/linear/symmetric_eigen.h"
#include "dem/linear/symmetric_solve.h"

namespace perilune::nav {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

/// Where a beam leaves the lander, in the map's frame, and where it points.
dem::Ray BeamInMap(const State& state, const Eigen::Isometry3d& body_from_beam) {
  const Eigen::Isometry3d site_from_beam = state.site_from_body * body_from_beam;
  dem::Ray ray;
  ray.origin_in_site = site_from_beam.translation() + state.map_tie_m;
  ray.direction = site_from_beam.linear().col(2);
  return ray;
}

/// Plane range = mean + slope · offset through ranges from places around the beam's start.
struct RangePlane {
  double mean_m = 0;
  Eigen::Vector2d by_offset = Eigen::Vector2d::Zero();
  double departure_m = 0;  ///< weighted RMS
};

/// `spread`: columns are one sigma of horizontal offset each (a square root of the covariance).
std::optional<RangePlane> FitRangePlane(const dem::Terrain& map, const dem::Ray& ray,
                                        const Eigen::Matrix2d& spread) {
  std::vector<double> weights, ranges;
  std::vector<Eigen::Vector2d> steps;
  for (int i = -2; i <= 2; ++i) {
    for (int j = -2; j <= 2; ++j) {
      const Eigen::Vector2d step(i, j);
      dem::Ray moved = ray;
      moved.origin_in_site.head<2>() += spread * step;
      const std::optional<dem::SurfaceHit> hit = map.FirstHit(moved);
      if (!hit) return std::nullopt;
      weights.push_back(std::exp(-0.5 * step.squaredNorm()));
      ranges.push_back(hit->range_m);
      steps.push_back(step);
    }
  }
  // The places are symmetric: the three coefficients separate.
  double weight = 0, sum = 0, step_square = 0;
  Eigen::Vector2d moment = Eigen::Vector2d::Zero();
  for (std::size_t k = 0; k < steps.size(); ++k) {
    weight += weights[k];
    sum += weights[k] * ranges[k];
    step_square += weights[k] * steps[k].x() * steps[k].x();
    moment += weights[k] * ranges[k] * steps[k];
  }
  const Eigen::Vector2d by_step = moment / step_square;
  RangePlane plane;
  plane.mean_m = sum / weight;
  double departure = 0;
  for (std::size_t k = 0; k < steps.size(); ++k) {
    const double rest = ranges[k] - plane.mean_m - by_step.dot(steps[k]);
    departure += weights[k] * rest * rest;
  }
  plane.departure_m = std::sqrt(departure / weight);
  plane.by_offset = spread.transpose().inverse() * by_step;
  return plane;
}

/// A square root of the horizontal covariance, widened to at least `least_sigma_m` in every direction.
Eigen::Matrix2d HorizontalSpread(const Matrix3d& covariance, double least_sigma_m) {
  const dem::PrincipalAxes axes = dem::PrincipalAxesOf(covariance.topLeftCorner<2, 2>());
  const Eigen::Vector2d sigma = axes.values.cwiseMax(least_sigma_m * least_sigma_m).cwiseSqrt();
  return axes.axes * sigma.asDiagonal();
}

/// Where the map shows a camera that sits at `lever_m` in the body, and its derivative by the error state.
Vector3d CameraInMap(const State& state, const Vector3d& lever_m) {
  return state.site_from_body * lever_m + state.map_tie_m + state.map_error_m;
}

Eigen::Matrix<double, 3, kStateSize> CameraByError(const State& state, const Vector3d& lever_m) {
  const Matrix3d rotation = state.site_from_body.linear();
  Eigen::Matrix<double, 3, kStateSize> derivative = Eigen::Matrix<double, 3, kStateSize>::Zero();
  derivative.block<3, 3>(0, kTheta) = -rotation * dem::Skew(lever_m);
  derivative.block<3, 3>(0, kPosition).setIdentity();
  derivative.block<3, 3>(0, kMapTie).setIdentity();
  derivative.block<3, 3>(0, kMapError).setIdentity();
  return derivative;
}

}  // namespace

UpdateResult UpdateLinear(const State& state, const Eigen::VectorXd& innovation,
                          const Eigen::MatrixXd& derivative, const Eigen::MatrixXd& noise, double threshold) {
  const Eigen::MatrixXd prior = state.covariance;
  const Eigen::MatrixXd cross = prior * derivative.transpose();
  const Eigen::MatrixXd spread = derivative * cross + noise;
  const Eigen::LDLT<Eigen::MatrixXd> factor(spread);
  UpdateResult result;
  result.state = state;
  result.dof = static_cast<int>(innovation.size());
  result.threshold = threshold;
  result.nis = innovation.dot(factor.solve(innovation));
  result.accepted = factor.isPositive() && result.nis <= threshold;
  result.log_det_spread = factor.vectorD().array().log().sum();
  if (!result.accepted) return result;
  const Eigen::MatrixXd gain = factor.solve(cross.transpose()).transpose();
  const StateVector correction = gain * innovation;
  Eigen::MatrixXd kept = Eigen::MatrixXd::Identity(kStateSize, kStateSize);
  kept.noalias() -= gain * derivative;
  const StateMatrix covariance = dem::Congruence(kept, prior) + dem::Congruence(gain, noise);
  result.state = Moved(state, correction);
  result.state.covariance = 0.5 * (covariance + covariance.transpose());
  return result;
}

UpdateResult UpdateAttitude(const State& state, const Attitude& attitude, const dem::Site& site,
                            double threshold) {
  const Eigen::Quaterniond moon_from_site(site.moon_from_site.linear());
  const Eigen::Quaterniond site_from_body = moon_from_site.conjugate() * attitude.moon_from_body;
  const Eigen::Quaterniond estimated(state.site_from_body.linear());
  Eigen::Matrix<double, 3, kStateSize> derivative = Eigen::Matrix<double, 3, kStateSize>::Zero();
  derivative.block<3, 3>(0, kTheta).setIdentity();
  return UpdateLinear(state, dem::LogSo3(estimated.conjugate() * site_from_body), derivative,
                      attitude.sigma_rad * attitude.sigma_rad * Matrix3d::Identity(), threshold);
}

UpdateResult UpdateFix(const State& state, const Fix& fix, const Vector3d& lever_m, double threshold) {
  return UpdateLinear(state, fix.site_from_cam.translation() - CameraInMap(state, lever_m),
                      CameraByError(state, lever_m), fix.covariance_map_relative.bottomRightCorner<3, 3>(),
                      threshold);
}

UpdateResult UpdateFixPose(const State& state, const Fix& fix, const Eigen::Isometry3d& body_from_cam,
                           double threshold) {
  const Vector3d lever_m = body_from_cam.translation();
  const Eigen::Quaterniond site_from_cam(state.site_from_body.linear() * body_from_cam.linear());
  dem::Vector6d innovation;
  innovation.head<3>() =
      dem::LogSo3(site_from_cam.conjugate() * Eigen::Quaterniond(fix.site_from_cam.linear()));
  innovation.tail<3>() = fix.site_from_cam.translation() - CameraInMap(state, lever_m);
  Eigen::Matrix<double, 6, kStateSize> derivative = Eigen::Matrix<double, 6, kStateSize>::Zero();
  derivative.block<3, 3>(0, kTheta) = body_from_cam.linear().transpose();
  derivative.bottomRows<3>() = CameraByError(state, lever_m);
  return UpdateLinear(state, innovation, derivative, fix.covariance_map_relative, threshold);
}

void RangeOptions::Validate() const {
  if (!(unresolved_relief >= 0) || !std::isfinite(unresolved_relief)) {
    throw std::invalid_argument("range options: unresolved_relief must be finite and not negative");
  }
  if (!(threshold > 0)) throw std::invalid_argument("range options: threshold must be positive");
}

std::optional<RangePrediction> PredictRange(const State& state, const dem::Terrain& map,
                                            const Eigen::Isometry3d& body_from_beam,
                                            const RangeOptions& options) {
  const dem::Ray ray = BeamInMap(state, body_from_beam);
  const std::optional<dem::SurfaceHit> hit = map.FirstHit(ray);
  if (!hit) return std::nullopt;
  const double x_m = hit->point_in_site.x(), y_m = hit->point_in_site.y();
  const double spacing_m = map.GroundSpacing_m(x_m, y_m);
  const Eigen::Matrix2d spread = HorizontalSpread(state.MapRelativePositionCovariance(), 0.5 * spacing_m);
  const std::optional<RangePlane> plane = FitRangePlane(map, ray, spread);
  // A beam along the ground has no usable derivative by height.
  if (!plane || ray.direction.z() > -0.1) return std::nullopt;

  Vector3d range_by_origin;
  range_by_origin.head<2>() = plane->by_offset;
  // A start moved along the beam is that much nearer.
  range_by_origin.z() = (-1 - plane->by_offset.dot(ray.direction.head<2>())) / ray.direction.z();
  const Vector3d arm_in_body = body_from_beam.translation() + hit->range_m * body_from_beam.linear().col(2);
  RangePrediction prediction;
  prediction.range_m = plane->mean_m + state.range_bias_m;
  prediction.derivative.segment<3>(kTheta) =
      range_by_origin.transpose() * (-state.site_from_body.linear() * dem::Skew(arm_in_body));
  prediction.derivative.segment<3>(kPosition) = range_by_origin.transpose();
  prediction.derivative.segment<3>(kMapTie) = range_by_origin.transpose();
  prediction.derivative[kRangeBias] = 1;
  const double height_sigma_m = std::max(0.0, map.HeightSigma_m(x_m, y_m));
  prediction.map_sigma_m =
      std::hypot(height_sigma_m, options.unresolved_relief * spacing_m) * range_by_origin.z();
  prediction.relief_sigma_m = plane->departure_m;
  prediction.relief_correlation_m = spread.colwise().norm().maxCoeff();
  return prediction;
}

UpdateResult UpdateRange(const State& state, const Range& range, const RangePrediction& prediction,
                         const SharedByRanges& shared, const RangeOptions& options) {
  if (!(shared.map >= 1 && shared.relief >= 1)) {
    throw std::invalid_argument("range update: shared map and relief must be at least 1");
  }
  const double map_variance = prediction.map_sigma_m * prediction.map_sigma_m * shared.map;
  const double relief_variance = prediction.relief_sigma_m * prediction.relief_sigma_m * shared.relief;
  const Eigen::VectorXd innovation = Eigen::VectorXd::Constant(1, range.range_m - prediction.range_m);
  const Eigen::MatrixXd noise =
      Eigen::MatrixXd::Constant(1, 1, range.sigma_m * range.sigma_m + map_variance + relief_variance);
  return UpdateLinear(state, innovation, prediction.derivative, noise, options.threshold);
}

}  // namespace perilune::nav
