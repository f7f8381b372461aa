#include "nav/estimation/window_factor.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "dem/frames/pose.h"
#include "dem/linear/symmetric_solve.h"

namespace perilune::nav {
namespace {

/// Below any sensor's noise: a unit that is declared perfect must still have an inverse covariance.
MotionMatrix WithLeastNoise(MotionMatrix covariance) {
  const double least[] = {1e-9, 1e-7, 1e-7, 1e-11, 1e-9};  // rad, m, m/s, rad/s, m/s²
  for (int i = 0; i < kMotionSize; ++i) covariance(i, i) += least[i / 3] * least[i / 3];
  return covariance;
}

/// Rows of a State that are the window's joint of a keyframe and the shared states, in its order.
constexpr int kStateRow[kJointSize] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10,
                                       11, 12, 13, 14, 19, 20, 21, 15, 16, 17, 18};

}  // namespace

StateMatrix ToStateOrder(const JointMatrix& joint) {
  StateMatrix state;
  for (int i = 0; i < kJointSize; ++i) {
    for (int j = 0; j < kJointSize; ++j) state(kStateRow[i], kStateRow[j]) = joint(i, j);
  }
  return state;
}

JointMatrix ToJointOrder(const StateMatrix& state) {
  JointMatrix joint;
  for (int i = 0; i < kJointSize; ++i) {
    for (int j = 0; j < kJointSize; ++j) joint(i, j) = state(kStateRow[i], kStateRow[j]);
  }
  const double least[] = {1e-8, 1e-4, 1e-5, 1e-10, 1e-8, 1e-4};
  for (int i = 0; i < kJointSize; ++i) {
    const double sigma = i < kKeyframeSize ? least[i / 3] : 1e-4;
    joint(i, i) += sigma * sigma;
  }
  return joint;
}

Keyframe Moved(const Keyframe& keyframe, const KeyframeVector& delta) {
  return {keyframe.t_ns, Moved(keyframe.motion, MotionVector(delta.head<kMotionSize>())),
          keyframe.map_error_m + delta.tail<3>()};
}

SharedStates Moved(const SharedStates& shared, const SharedVector& delta) {
  return {shared.range_bias_m + delta[0], shared.map_tie_m + delta.tail<3>()};
}

JointVector JointDifference(const Keyframe& from, const SharedStates& from_shared, const Keyframe& to,
                            const SharedStates& to_shared) {
  JointVector delta;
  delta << MotionDifference(from.motion, to.motion), to.map_error_m - from.map_error_m,
      to_shared.range_bias_m - from_shared.range_bias_m, to_shared.map_tie_m - from_shared.map_tie_m;
  return delta;
}

FactorRows::FactorRows(int rows)
    : residual(Block<1>::Zero(rows, 1)),
      by_first(Block<kKeyframeSize>::Zero(rows, kKeyframeSize)),
      by_second(Block<kKeyframeSize>::Zero(rows, kKeyframeSize)),
      by_shared(Block<kSharedSize>::Zero(rows, kSharedSize)) {}

ImuFactor::ImuFactor(const ImuPreintegration& imu, const dem::Site& site)
    : imu_(imu), site_(site), whitening_(dem::WhiteningOf(WithLeastNoise(imu.covariance())).value()) {}

FactorRows ImuFactor::Evaluate(const FactorEnds& at, const FactorEnds& derivative_at) const {
  FactorRows rows(kMotionSize);
  rows.residual = whitening_ * imu_.Residual(at.first->motion, at.second->motion, site_);
  const ImuJacobians j = imu_.Jacobians(derivative_at.first->motion, derivative_at.second->motion, site_);
  rows.by_first.leftCols<kMotionSize>() = whitening_ * j.by_from;
  rows.by_second.leftCols<kMotionSize>() = whitening_ * j.by_to;
  return rows;
}

MapErrorFactor::MapErrorFactor(double kept, const Eigen::Matrix3d& stationary_covariance_m2) : kept_(kept) {
  constexpr double kLeastVariance_m2 = 1e-8;
  const Eigen::Matrix3d covariance =
      (1 - kept * kept) * stationary_covariance_m2 + kLeastVariance_m2 * Eigen::Matrix3d::Identity();
  whitening_ = dem::WhiteningOf(covariance).value();
}

FactorRows MapErrorFactor::Evaluate(const FactorEnds& at, const FactorEnds&) const {
  FactorRows rows(3);
  rows.residual = whitening_ * (at.second->map_error_m - kept_ * at.first->map_error_m);
  rows.by_first.rightCols<3>() = -kept_ * whitening_;
  rows.by_second.rightCols<3>() = whitening_;
  return rows;
}

PriorFactor::PriorFactor(const Keyframe& keyframe, const SharedStates& shared, const JointMatrix& root,
                         const JointVector& offset)
    : keyframe_(keyframe), shared_(shared), root_(root), offset_(offset) {}

FactorRows PriorFactor::Evaluate(const FactorEnds& at, const FactorEnds& derivative_at) const {
  FactorRows rows(kJointSize);
  rows.residual = root_ * JointDifference(keyframe_, shared_, *at.first, *at.shared) + offset_;
  rows.by_first = root_.leftCols<kKeyframeSize>();
  rows.by_shared = root_.rightCols<kSharedSize>();
  const dem::Vector6d turned =
      dem::PoseDifference(keyframe_.motion.site_from_body, derivative_at.first->motion.site_from_body);
  rows.by_first.leftCols<3>() = root_.leftCols<3>() * InverseRightJacobian(turned.head<3>());
  return rows;
}

TimedFactor::TimedFactor(std::int64_t t_ns, std::unique_ptr<Factor> measurement,
                         const std::optional<ImuPreintegration>& imu, const dem::Site& site)
    : t_ns_(t_ns), measurement_(std::move(measurement)), imu_(imu), site_(site) {}

Keyframe TimedFactor::Carried(const Keyframe& keyframe) const {
  Keyframe carried = keyframe;
  carried.t_ns = t_ns_;
  carried.motion = imu_->Predict(keyframe.motion, site_);
  return carried;
}

FactorRows TimedFactor::Evaluate(const FactorEnds& at, const FactorEnds& derivative_at) const {
  if (!imu_) return measurement_->Evaluate(at, derivative_at);
  const Keyframe now = Carried(*at.first), derivative_now = Carried(*derivative_at.first);
  FactorRows rows =
      measurement_->Evaluate({&now, nullptr, at.shared}, {&derivative_now, nullptr, derivative_at.shared});
  const ImuJacobians j = imu_->Jacobians(derivative_at.first->motion, derivative_now.motion, site_);
  const MotionMatrix transition = TransitionOf(j);
  const FactorRows::Block<kMotionSize> by_motion = rows.by_first.leftCols<kMotionSize>();
  rows.by_first.leftCols<kMotionSize>() = by_motion * transition;
  return rows;
}

FactorRows WithHuberLoss(const FactorRows& rows, double threshold) {
  const int n = rows.size();
  FactorRows robust(n + 1);
  const double norm = rows.residual.norm();
  const double weight = norm > threshold ? threshold / norm : 1;  // the loss' derivative by the square
  const double root = std::sqrt(weight);
  robust.residual.head(n) = root * rows.residual;
  robust.by_first.topRows(n) = root * rows.by_first;
  robust.by_second.topRows(n) = root * rows.by_second;
  robust.by_shared.topRows(n) = root * rows.by_shared;
  if (norm > threshold) {
    const double loss = 2 * threshold * norm - threshold * threshold;
    robust.residual[n] = std::sqrt(std::max(0.0, loss - weight * norm * norm));
  }
  return robust;
}

}  // namespace perilune::nav
