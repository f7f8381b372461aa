#include "nav/estimation/update.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "dem/frames/pose.h"

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

/// RMS departure of the ground from the plane at the hit, along the beam, one horizontal sigma to four sides.
double ReliefAlongBeam(const dem::Terrain& map, const dem::Ray& ray, double range_m,
                       const Vector3d& range_by_origin, const Matrix3d& position_covariance) {
  const double sigma_m = std::sqrt(0.5 * (position_covariance(0, 0) + position_covariance(1, 1)));
  double sum = 0;
  int hits = 0;
  for (const Vector3d& side :
       {Vector3d(1, 0, 0), Vector3d(-1, 0, 0), Vector3d(0, 1, 0), Vector3d(0, -1, 0)}) {
    dem::Ray moved = ray;
    moved.origin_in_site += sigma_m * side;
    const std::optional<dem::SurfaceHit> hit = map.FirstHit(moved);
    if (!hit) continue;
    const double departure = hit->range_m - range_m - sigma_m * range_by_origin.dot(side);
    sum += departure * departure;
    ++hits;
  }
  return hits == 0 ? 0 : std::sqrt(sum / hits);
}

}  // namespace

UpdateResult UpdateLinear(const State& state, const Eigen::VectorXd& innovation,
                          const Eigen::MatrixXd& derivative, const Eigen::MatrixXd& noise, double threshold) {
  const Eigen::MatrixXd cross = state.covariance * derivative.transpose();
  const Eigen::MatrixXd spread = derivative * cross + noise;
  const Eigen::LDLT<Eigen::MatrixXd> factor(spread);
  UpdateResult result;
  result.state = state;
  result.dof = static_cast<int>(innovation.size());
  result.threshold = threshold;
  result.nis = innovation.dot(factor.solve(innovation));
  result.accepted = factor.isPositive() && result.nis <= threshold;
  if (!result.accepted) return result;
  const Eigen::MatrixXd gain = factor.solve(cross.transpose()).transpose();
  const StateVector correction = gain * innovation;
  const StateMatrix kept = StateMatrix::Identity() - gain * derivative;
  const StateMatrix covariance = kept * state.covariance * kept.transpose() + gain * noise * gain.transpose();
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
  const Matrix3d rotation = state.site_from_body.linear();
  const Vector3d predicted = state.site_from_body * lever_m + state.map_tie_m + state.map_error_m;
  Eigen::Matrix<double, 3, kStateSize> derivative = Eigen::Matrix<double, 3, kStateSize>::Zero();
  derivative.block<3, 3>(0, kTheta) = -rotation * dem::Skew(lever_m);
  derivative.block<3, 3>(0, kPosition).setIdentity();
  derivative.block<3, 3>(0, kMapTie).setIdentity();
  derivative.block<3, 3>(0, kMapError).setIdentity();
  return UpdateLinear(state, fix.site_from_cam.translation() - predicted, derivative,
                      fix.covariance_map_relative.bottomRightCorner<3, 3>(), threshold);
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
  const Vector3d point = hit->point_in_site;
  const std::optional<Vector3d> normal = map.NormalAt(point.x(), point.y());
  if (!normal) return std::nullopt;
  const double facing = normal->dot(ray.direction);
  // A beam along the ground has no usable derivative.
  if (facing > -0.05) return std::nullopt;

  const Matrix3d rotation = state.site_from_body.linear();
  const Vector3d range_by_origin = -*normal / facing;
  // The plane under the beam: n·(o + ρ d − q) = 0, with δo = R [δθ]× l and δd = R [δθ]× d_body.
  const Vector3d arm_in_body = body_from_beam.translation() + hit->range_m * body_from_beam.linear().col(2);
  RangePrediction prediction;
  prediction.range_m = hit->range_m + state.range_bias_m;
  prediction.derivative.segment<3>(kTheta) =
      range_by_origin.transpose() * (-rotation * dem::Skew(arm_in_body));
  prediction.derivative.segment<3>(kPosition) = range_by_origin.transpose();
  prediction.derivative.segment<3>(kMapTie) = range_by_origin.transpose();
  prediction.derivative[kRangeBias] = 1;
  const double height_sigma_m = std::max(0.0, map.HeightSigma_m(point.x(), point.y()));
  const double detail_m = options.unresolved_relief * map.GroundSpacing_m(point.x(), point.y());
  // A height error dz moves the hit by dz·n_z / |n·d| along the beam.
  prediction.map_sigma_m = std::hypot(height_sigma_m, detail_m) * normal->z() / -facing;
  prediction.relief_sigma_m =
      ReliefAlongBeam(map, ray, hit->range_m, range_by_origin, state.MapRelativePositionCovariance());
  return prediction;
}

UpdateResult UpdateRange(const State& state, const Range& range, const RangePrediction& prediction,
                         double correlated, const RangeOptions& options) {
  if (!(correlated >= 1)) throw std::invalid_argument("range update: correlated must be at least 1");
  const double map_variance = prediction.map_sigma_m * prediction.map_sigma_m * correlated;
  const double relief_variance = prediction.relief_sigma_m * prediction.relief_sigma_m;
  const Eigen::VectorXd innovation = Eigen::VectorXd::Constant(1, range.range_m - prediction.range_m);
  const Eigen::MatrixXd noise =
      Eigen::MatrixXd::Constant(1, 1, range.sigma_m * range.sigma_m + map_variance + relief_variance);
  return UpdateLinear(state, innovation, prediction.derivative, noise, options.threshold);
}

}  // namespace perilune::nav
