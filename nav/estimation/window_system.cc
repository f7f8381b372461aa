#include "nav/estimation/window_system.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "dem/linear/symmetric_eigen.h"
#include "dem/linear/symmetric_solve.h"

namespace perilune::nav {
namespace {

/// L of L Lᵀ = information. Cholesky's factor does not care for units (scaling rows and columns scales it),
/// unlike eigenvalues.
Eigen::MatrixXd RequiredCholesky(const Eigen::Ref<const Eigen::MatrixXd>& information) {
  auto lower = dem::CholeskyOf(information);
  if (!lower) throw std::domain_error("window: the information of a keyframe is not positive definite");
  return *std::move(lower);
}

/// Of an information that says nothing in some direction: by eigenvalues, in units where every row has the
/// same weight.
JointRoot SemidefiniteRoot(const JointInformation& joint) {
  JointVector scale = joint.information.diagonal().cwiseMax(0).cwiseSqrt();
  for (double& s : scale) s = s > 0 ? s : 1;
  const JointVector unit = scale.cwiseInverse();
  const JointMatrix scaled = unit.asDiagonal() * joint.information * unit.asDiagonal();
  const dem::SymmetricEigen eigen = dem::EigenOfSymmetric(scaled);
  const Eigen::VectorXd gradient =
      eigen.vectors.transpose() * Eigen::VectorXd(joint.gradient.cwiseProduct(unit));
  constexpr double kNothing = 1e-12;
  JointRoot root{JointMatrix::Zero(), JointVector::Zero()};
  for (int i = 0; i < kJointSize; ++i) {
    const double value = eigen.values[i];
    if (value <= kNothing) continue;
    root.root.row(i) = std::sqrt(value) * eigen.vectors.col(i).cwiseProduct(scale).transpose();
    root.offset[i] = gradient[i] / std::sqrt(value);
  }
  return root;
}

}  // namespace

WindowSystem::WindowSystem(int keyframes) : nodes_(static_cast<std::size_t>(keyframes)) {
  for (Node& node : nodes_) {
    node.own.setZero();
    node.next.setZero();
    node.shared.setZero();
    node.gradient.setZero();
  }
  shared_.setZero();
  shared_gradient_.setZero();
}

void WindowSystem::Add(const FactorRows& rows, int first, bool two) {
  Node& node = nodes_.at(static_cast<std::size_t>(first));
  node.own.noalias() += rows.by_first.transpose() * rows.by_first;
  node.shared.noalias() += rows.by_shared.transpose() * rows.by_first;
  node.gradient.noalias() += rows.by_first.transpose() * rows.residual;
  shared_.noalias() += rows.by_shared.transpose() * rows.by_shared;
  shared_gradient_.noalias() += rows.by_shared.transpose() * rows.residual;
  if (!two) return;
  Node& next = nodes_.at(static_cast<std::size_t>(first) + 1);
  node.next.noalias() += rows.by_second.transpose() * rows.by_first;
  next.own.noalias() += rows.by_second.transpose() * rows.by_second;
  next.shared.noalias() += rows.by_shared.transpose() * rows.by_second;
  next.gradient.noalias() += rows.by_second.transpose() * rows.residual;
}

JointInformation WindowSystem::Own(int keyframe) const {
  const Node& node = nodes_.at(static_cast<std::size_t>(keyframe));
  JointInformation own;
  own.information.topLeftCorner<kKeyframeSize, kKeyframeSize>() = node.own;
  own.information.bottomLeftCorner<kSharedSize, kKeyframeSize>() = node.shared;
  own.information.topRightCorner<kKeyframeSize, kSharedSize>() = node.shared.transpose();
  own.gradient.head<kKeyframeSize>() = node.gradient;
  return own;
}

/// What `before` and the own factors of keyframe `from` say of its neighbour `to`, `from` eliminated.
JointInformation WindowSystem::Across(const JointInformation& before, int from, int to) const {
  const JointInformation own = Own(from);
  const JointMatrix information = before.information + own.information;
  const JointVector gradient = before.gradient + own.gradient;
  const auto& link = nodes_.at(static_cast<std::size_t>(std::min(from, to))).next;
  Eigen::Matrix<double, kJointSize, kKeyframeSize> coupling;  // of (neighbour, shared) with `from`
  if (to > from) {
    coupling.topRows<kKeyframeSize>() = link;
  } else {
    coupling.topRows<kKeyframeSize>() = link.transpose();
  }
  coupling.bottomRows<kSharedSize>() = information.bottomLeftCorner<kSharedSize, kKeyframeSize>();
  const Eigen::MatrixXd lower = RequiredCholesky(information.topLeftCorner<kKeyframeSize, kKeyframeSize>());
  const Eigen::Matrix<double, kKeyframeSize, kJointSize> half =
      dem::SolveLower(lower, Eigen::Matrix<double, kKeyframeSize, kJointSize>(coupling.transpose()));
  const KeyframeVector half_gradient = dem::SolveLower(lower, gradient.head<kKeyframeSize>());
  JointInformation after;
  after.information.noalias() = -half.transpose() * half;
  after.information.bottomRightCorner<kSharedSize, kSharedSize>() +=
      information.bottomRightCorner<kSharedSize, kSharedSize>();
  after.gradient.noalias() = -half.transpose() * half_gradient;
  after.gradient.tail<kSharedSize>() += gradient.tail<kSharedSize>();
  return after;
}

JointInformation WindowSystem::Marginal(int keyframe) const {
  JointInformation earlier, later;
  for (int k = 0; k < keyframe; ++k) earlier = Across(earlier, k, k + 1);
  for (int k = static_cast<int>(nodes_.size()) - 1; k > keyframe; --k) later = Across(later, k, k - 1);
  JointInformation joint = Own(keyframe);
  joint.information += earlier.information + later.information;
  joint.gradient += earlier.gradient + later.gradient;
  joint.information.bottomRightCorner<kSharedSize, kSharedSize>() += shared_;
  joint.gradient.tail<kSharedSize>() += shared_gradient_;
  return joint;
}

JointGaussian ToGaussian(const JointInformation& joint) {
  const Eigen::MatrixXd lower = RequiredCholesky(joint.information);
  const JointMatrix whitening = dem::SolveLower(lower, JointMatrix::Identity());
  JointGaussian gaussian;
  gaussian.mean = -whitening.transpose() * JointVector(dem::SolveLower(lower, joint.gradient));
  const JointMatrix covariance = whitening.transpose() * whitening;
  gaussian.covariance = 0.5 * (covariance + covariance.transpose());
  return gaussian;
}

JointRoot ToRoot(const JointInformation& joint) {
  if (const auto lower = dem::CholeskyOf(joint.information)) {
    return {lower->transpose(), dem::SolveLower(*lower, joint.gradient)};
  }
  return SemidefiniteRoot(joint);
}

}  // namespace perilune::nav
