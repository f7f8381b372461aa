#include "nav/navigator/range_monitor.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <stdexcept>

namespace perilune::nav {

void RangeMonitorOptions::Validate() const {
  limits.Validate("range monitor");
  if (!(latest_s > 0)) throw std::invalid_argument("range monitor: latest_s must be positive");
}

RangeMonitor::RangeMonitor(const RangeMonitorOptions& options)
    : options_(options), contradictions_(options.limits) {
  options_.Validate();
}

void RangeMonitor::Take(std::int64_t t_ns, const RangeTest& test, const State& before, const State& after) {
  last_ = TakenRange{t_ns, test.innovation_m - test.derivative.dot(StateDifference(before, after)),
                     test.derivative.segment<3>(kPosition), test.noise_m};
}

std::optional<RangeMonitor::Verdict> RangeMonitor::Judge(const State& state, const Fix& fix,
                                                         const Eigen::Vector3d& predicted_m) {
  if (!last_ || static_cast<double>(fix.t_ns - last_->t_ns) * 1e-9 > options_.latest_s) return std::nullopt;
  const Eigen::RowVector3d& along = last_->by_position;
  const double offset_m = last_->residual_m - along.dot(fix.site_from_cam.translation() - predicted_m);
  const double variance_m2 =
      along.dot(fix.covariance_map_relative.bottomRightCorner<3, 3>() * along.transpose()) +
      last_->noise_m * last_->noise_m + state.covariance(kRangeBias, kRangeBias);
  if (!contradictions_.Count(offset_m * offset_m / variance_m2)) return std::nullopt;
  // Of what lies between image and range, what the state does not lack to the range it took from it: that
  // much of its place moves with the bias.
  // (A window may contradict by an image that lies on its range: no division by nothing.)
  const double residual_m = last_->residual_m;
  const double followed = std::abs(residual_m) < std::abs(offset_m) ? std::min(1.0, 1 - residual_m / offset_m)
                                                                    : (residual_m * offset_m > 0 ? 0.0 : 1.0);
  StateVector error = StateVector::Zero();
  error.segment<3>(kPosition) = -followed * offset_m * along.transpose() / along.squaredNorm();
  error[kRangeBias] = offset_m;
  if (!before_) before_ = Bias{state.range_bias_m, state.covariance(kRangeBias, kRangeBias)};
  Verdict verdict{state, {}};
  verdict.state.covariance += error * error.transpose();
  char text[160];
  std::snprintf(
      text, sizeof text,
      "images contradict the ranges by %.1f m (%.1f expected): their bias is as uncertain from here on",
      offset_m, std::sqrt(variance_m2));
  verdict.text = text;
  return verdict;
}

State RangeMonitor::Withdraw(const State& state) {
  last_.reset();
  if (!before_) return state;
  State withdrawn = state;
  withdrawn.range_bias_m = before_->mean_m;
  withdrawn.covariance.row(kRangeBias).setZero();
  withdrawn.covariance.col(kRangeBias).setZero();
  withdrawn.covariance(kRangeBias, kRangeBias) = before_->variance_m2;
  before_.reset();
  return withdrawn;
}

}  // namespace perilune::nav
