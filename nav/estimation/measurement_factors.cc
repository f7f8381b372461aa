#include "nav/estimation/measurement_factors.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

#include "dem/frames/pose.h"
#include "dem/linear/symmetric_eigen.h"
#include "dem/linear/symmetric_solve.h"
#include "vision/pose/reprojection.h"

namespace perilune::nav {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

double RequirePositiveSigma(double sigma, const std::string& what) {
  if (!(sigma > 0) || !std::isfinite(sigma)) {
    throw std::invalid_argument(what + ": sigma " + std::to_string(sigma) + " must be positive");
  }
  return sigma;
}

/// d Log(estimated⁻¹ observed) / d (the estimate's right error).
Matrix3d ByEstimatedTurn(const Vector3d& residual) { return -InverseRightJacobian(-residual); }

/// Where the map shows the body.
Eigen::Isometry3d MapFromBody(const FactorEnds& at) {
  Eigen::Isometry3d moved = at.first->motion.site_from_body;
  moved.translation() += at.shared->map_tie_m + at.first->map_error_m;
  return moved;
}

/// Derivatives by the place in the map become those by position, tie and local error.
void SetByPlace(FactorRows& rows, int count, const Eigen::Matrix<double, Eigen::Dynamic, 3>& by_place) {
  rows.by_first.topRows(count).middleCols<3>(kPosition) = by_place;
  rows.by_first.topRows(count).rightCols<3>() = by_place;
  rows.by_shared.topRows(count).rightCols<3>() = by_place;
}

}  // namespace

AttitudeFactor::AttitudeFactor(const Attitude& attitude, const dem::Site& site)
    : site_from_body_(Eigen::Quaterniond(site.moon_from_site.linear()).conjugate() * attitude.moon_from_body),
      sigma_rad_(RequirePositiveSigma(attitude.sigma_rad, "attitude")) {}

FactorRows AttitudeFactor::Evaluate(const FactorEnds& at, const FactorEnds& derivative_at) const {
  const auto residual = [&](const FactorEnds& ends) {
    const Eigen::Quaterniond estimated(ends.first->motion.site_from_body.linear());
    return dem::LogSo3(estimated.conjugate() * site_from_body_);
  };
  FactorRows rows(3);
  rows.residual = residual(at) / sigma_rad_;
  rows.by_first.leftCols<3>() = ByEstimatedTurn(residual(derivative_at)) / sigma_rad_;
  return rows;
}

RangeFactor::RangeFactor(double range_m, double sigma_m, const RangePrediction& prediction,
                         const State& predicted_at, const Eigen::Isometry3d& body_from_beam,
                         double huber_sigma)
    : range_m_(range_m),
      sigma_m_(RequirePositiveSigma(sigma_m, "range")),
      huber_sigma_(huber_sigma),
      body_from_beam_(body_from_beam),
      normal_(-prediction.derivative.segment<3>(kPosition).transpose()) {
  const Eigen::Isometry3d site_from_beam = predicted_at.site_from_body * body_from_beam;
  const double without_bias_m = prediction.range_m - predicted_at.range_bias_m;
  distance_m_ = normal_.dot(site_from_beam.translation() + predicted_at.map_tie_m +
                            without_bias_m * site_from_beam.linear().col(2));
}

double RangeFactor::PredictedRange(const FactorEnds& at) const {
  const Eigen::Isometry3d site_from_beam = at.first->motion.site_from_body * body_from_beam_;
  const Vector3d origin = site_from_beam.translation() + at.shared->map_tie_m;
  return (distance_m_ - normal_.dot(origin)) / normal_.dot(site_from_beam.linear().col(2));
}

FactorRows RangeFactor::Evaluate(const FactorEnds& at, const FactorEnds& derivative_at) const {
  FactorRows rows(1);
  rows.residual[0] = (range_m_ - PredictedRange(at) - at.shared->range_bias_m) / sigma_m_;
  const Matrix3d rotation = derivative_at.first->motion.site_from_body.linear();
  const Vector3d beam = body_from_beam_.linear().col(2);
  const Vector3d arm = body_from_beam_.translation() + PredictedRange(derivative_at) * beam;
  const Eigen::RowVector3d by_origin = -normal_.transpose() / normal_.dot(rotation * beam);
  rows.by_first.leftCols<3>() = by_origin * rotation * dem::Skew(arm) / sigma_m_;
  rows.by_first.middleCols<3>(kPosition) = -by_origin / sigma_m_;
  rows.by_shared.rightCols<3>() = -by_origin / sigma_m_;
  rows.by_shared(0, 0) = -1 / sigma_m_;
  return WithHuberLoss(rows, huber_sigma_);
}

FixFactor::FixFactor(const Fix& fix, const Eigen::Isometry3d& body_from_cam, bool with_attitude)
    : site_from_cam_(fix.site_from_cam), body_from_cam_(body_from_cam), with_attitude_(with_attitude) {
  whitening_.setZero();
  const int size = with_attitude ? 6 : 3;
  const auto whitening = dem::WhiteningOf(fix.covariance_map_relative.bottomRightCorner(size, size));
  if (!whitening) throw std::invalid_argument("fix: its covariance is not positive definite");
  whitening_.bottomRightCorner(size, size) = *whitening;
}

FactorRows FixFactor::Evaluate(const FactorEnds& at, const FactorEnds& derivative_at) const {
  const auto turn = [&](const FactorEnds& ends) {
    const Matrix3d estimated = ends.first->motion.site_from_body.linear() * body_from_cam_.linear();
    return dem::LogSo3(Eigen::Quaterniond(estimated.transpose() * site_from_cam_.linear()));
  };
  dem::Vector6d residual;
  residual << turn(at), site_from_cam_.translation() - MapFromBody(at) * body_from_cam_.translation();
  Eigen::Matrix<double, 6, 6> by_pose = Eigen::Matrix<double, 6, 6>::Zero();
  by_pose.topLeftCorner<3, 3>() = ByEstimatedTurn(turn(derivative_at)) * body_from_cam_.linear().transpose();
  by_pose.bottomLeftCorner<3, 3>() =
      derivative_at.first->motion.site_from_body.linear() * dem::Skew(body_from_cam_.translation());
  by_pose.bottomRightCorner<3, 3>() = -Matrix3d::Identity();
  const int count = Rows();
  const Eigen::Matrix<double, 6, 6> white = whitening_ * by_pose;
  FactorRows rows(count);
  rows.residual = (whitening_ * residual).tail(count);
  rows.by_first.leftCols<3>() = white.bottomRows(count).leftCols<3>();
  SetByPlace(rows, count, white.bottomRows(count).rightCols<3>());
  return rows;
}

BeamSpeedFactor::BeamSpeedFactor(std::vector<BeamSpeed> beams, double huber_sigma)
    : beams_(std::move(beams)), huber_sigma_(huber_sigma) {
  if (beams_.empty() || beams_.size() + 1 > FactorRows::kMost) {
    throw std::invalid_argument("velocimeter: " + std::to_string(beams_.size()) + " beams");
  }
  for (const BeamSpeed& beam : beams_) RequirePositiveSigma(beam.sigma_mps, "velocimeter");
}

FactorRows BeamSpeedFactor::Evaluate(const FactorEnds& at, const FactorEnds& derivative_at) const {
  const auto velocity = [](const FactorEnds& ends) -> Vector3d {
    return ends.first->motion.site_from_body.linear().transpose() *
           ends.first->motion.velocity_of_body_in_site_mps;
  };
  const Matrix3d body_from_site = derivative_at.first->motion.site_from_body.linear().transpose();
  FactorRows rows(static_cast<int>(beams_.size()));
  for (int i = 0; i < rows.size(); ++i) {
    const BeamSpeed& beam = beams_[static_cast<std::size_t>(i)];
    const Eigen::RowVector3d along = beam.beam_in_body.transpose() / beam.sigma_mps;
    rows.residual[i] = beam.speed_mps / beam.sigma_mps - along.dot(velocity(at));
    rows.by_first.row(i).segment<3>(kTheta) = -along * dem::Skew(velocity(derivative_at));
    rows.by_first.row(i).segment<3>(kVelocity) = -along * body_from_site;
  }
  return WithHuberLoss(rows, huber_sigma_);
}

LandmarkFactor::LandmarkFactor(std::vector<vision::Match> matches, const vision::Camera& camera,
                               const Eigen::Isometry3d& body_from_cam,
                               const Eigen::Isometry3d& map_from_body_at, double huber_sigma)
    : matches_(std::move(matches)),
      camera_(camera),
      body_from_cam_(body_from_cam),
      huber_sigma_(huber_sigma) {
  whitening_.reserve(matches_.size());
  for (const vision::Match& match : matches_) {
    Eigen::Matrix2d covariance = match.covariance_px2;
    if (const auto r = vision::Reproject(match, camera_, map_from_body_at * body_from_cam_)) {
      covariance += r->by_point * match.point_covariance_m2 * r->by_point.transpose();
    }
    const auto whitening = dem::WhiteningOf(covariance);
    if (!whitening) {
      throw std::invalid_argument("landmark " + std::to_string(match.landmark_id) +
                                  ": its pixel's covariance is not positive definite");
    }
    whitening_.push_back(*whitening);
  }
}

LandmarkFactor::Pull LandmarkFactor::Sum(const Eigen::Isometry3d& map_from_body,
                                         const Eigen::Isometry3d& derivative_at, double huber_sigma) const {
  const Eigen::Isometry3d map_from_cam = map_from_body * body_from_cam_;
  const Eigen::Isometry3d map_from_cam_derivative = derivative_at * body_from_cam_;
  const bool same_place = map_from_cam.matrix() == map_from_cam_derivative.matrix();
  Pull sum;
  for (std::size_t i = 0; i < matches_.size(); ++i) {
    const auto here = vision::Reproject(matches_[i], camera_, map_from_cam);
    const auto there = same_place ? here : vision::Reproject(matches_[i], camera_, map_from_cam_derivative);
    if (!here || !there) continue;
    const Eigen::Vector2d white = whitening_[i] * here->residual_px;
    const Eigen::Matrix<double, 2, 6> by_pose = -whitening_[i] * there->by_pose;
    const double square = white.squaredNorm(), norm = std::sqrt(square);
    const double weight = norm > huber_sigma ? huber_sigma / norm : 1;
    sum.loss += norm > huber_sigma ? 2 * huber_sigma * norm - huber_sigma * huber_sigma : square;
    sum.information.noalias() += weight * by_pose.transpose() * by_pose;
    sum.gradient.noalias() += weight * by_pose.transpose() * white;
  }
  return sum;
}

LandmarkFactor::Pull LandmarkFactor::PullAt(const Eigen::Isometry3d& map_from_body) const {
  return Sum(map_from_body, map_from_body, std::numeric_limits<double>::infinity());
}

FactorRows LandmarkFactor::Evaluate(const FactorEnds& at, const FactorEnds& derivative_at) const {
  const Eigen::Isometry3d there = MapFromBody(derivative_at);
  const Pull sum = Sum(MapFromBody(at), there, huber_sigma_);
  // √information: for angles and metres of their own scale, or one's rounding would drown the other.
  dem::Vector6d scale = sum.information.diagonal().cwiseMax(1e-300).cwiseSqrt();
  const dem::Matrix6d scaled =
      scale.cwiseInverse().asDiagonal() * sum.information * scale.cwiseInverse().asDiagonal();
  const dem::SymmetricEigen eigen = dem::EigenOfSymmetric(scaled);
  constexpr double kNoInformation = 1e-13;  // of scaled eigenvalues of order one
  const dem::Vector6d values = eigen.values;
  const dem::Matrix6d vectors = eigen.vectors;
  const dem::Vector6d projected = vectors.transpose() * scale.cwiseInverse().asDiagonal() * sum.gradient;
  FactorRows rows(7);
  dem::Matrix6d by_cam = dem::Matrix6d::Zero();
  for (int i = 0; i < 6; ++i) {
    if (values[i] <= kNoInformation) continue;
    rows.residual[i] = projected[i] / std::sqrt(values[i]);
    by_cam.row(i) = std::sqrt(values[i]) * vectors.col(i).cwiseProduct(scale).transpose();
  }
  rows.residual[6] = std::sqrt(std::max(0.0, sum.loss - rows.residual.head<6>().squaredNorm()));
  rows.by_first.topRows<6>().leftCols<3>() =
      by_cam.leftCols<3>() * body_from_cam_.linear().transpose() -
      by_cam.rightCols<3>() * there.linear() * dem::Skew(body_from_cam_.translation());
  SetByPlace(rows, 6, by_cam.rightCols<3>());
  return rows;
}

}  // namespace perilune::nav
