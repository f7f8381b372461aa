#include "nav/estimation/smoother.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <stdexcept>
#include <string>
#include <utility>

#include "dem/frames/pose.h"
#include "dem/linear/symmetric_solve.h"
#include "nav/estimation/imu_history.h"
#include "nav/estimation/map_error.h"
#include "vision/pose/reprojection.h"

namespace perilune::nav {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

/// One preintegration errs with the fifth power of its length: longer stretches are chained.
constexpr std::int64_t kLongestStretch_ns = 10'000'000'000;

Motion MotionOf(const State& state) {
  return {state.site_from_body, state.velocity_of_body_in_site_mps, state.gyro_bias_radps,
          state.accel_bias_mps2};
}

Keyframe KeyframeOf(const State& state) { return {state.t_ns, MotionOf(state), state.map_error_m}; }

Eigen::Isometry3d MapFromBodyOf(const State& state) {
  Eigen::Isometry3d moved = state.site_from_body;
  moved.translation() += state.map_tie_m + state.map_error_m;
  return moved;
}

/// d (the camera's [δθ in cam; δp in the map]) / d error of the state.
Eigen::Matrix<double, 6, kStateSize> CameraPoseByError(const State& state,
                                                       const Eigen::Isometry3d& body_from_cam) {
  Eigen::Matrix<double, 6, kStateSize> derivative = Eigen::Matrix<double, 6, kStateSize>::Zero();
  derivative.block<3, 3>(0, kTheta) = body_from_cam.linear().transpose();
  derivative.block<3, 3>(3, kTheta) = -state.site_from_body.linear() * dem::Skew(body_from_cam.translation());
  for (const int offset : {kPosition, kMapTie, kMapError}) {
    derivative.block<3, 3>(3, offset).setIdentity();
  }
  return derivative;
}

/// A measurement against a prediction, and as a factor.
struct JudgedMeasurement {
  UpdateResult update;
  std::unique_ptr<Factor> factor;
  int matches = 0;
};

}  // namespace

void SmootherOptions::Validate() const {
  const auto require = [](bool good, const std::string& what) {
    if (!good) throw std::invalid_argument("smoother options: " + what);
  };
  require(keyframes >= 2, "keyframes " + std::to_string(keyframes) + " must be at least 2");
  require(longest_carry_s > 0, "longest_carry_s must be positive");
  require(map_error_correlation_m > 0, "map_error_correlation_m must be positive");
  require(huber_sigma > 0, "huber_sigma must be positive");
  require(match_threshold > 0, "match_threshold must be positive");
  require(least_matches >= 3, "least_matches must be at least 3");
  require(solve.max_iterations >= 1, "solve.max_iterations must be at least 1");
  require(solve.function_tolerance > 0, "solve.function_tolerance must be positive");
  range.Validate();
}

class Smoother::Impl {
 public:
  Impl(const SmootherOptions& options, const dem::Site& site, const State& initial)
      : options_(options),
        site_(site),
        history_(options.imu_noise, options.gap_noise, options.longest_imu_gap_s),
        window_(KeyframeOf(initial), {initial.range_bias_m, initial.map_tie_m},
                ToJointOrder(initial.covariance)),
        head_(initial) {
    options_.Validate();
  }

  using Judge = std::function<std::optional<JudgedMeasurement>(const State&)>;
  EntryResult Take(std::int64_t t_ns, bool own_keyframe, const Judge& judge);
  std::optional<State> At(std::int64_t t_ns) const;
  std::optional<JudgedMeasurement> JudgeLandmarks(const State& predicted,
                                                  const std::vector<vision::Match>& matches,
                                                  const vision::Camera& camera,
                                                  const Eigen::Isometry3d& body_from_cam) const;
  std::vector<vision::Match> GatedMatches(const State& predicted, const std::vector<vision::Match>& matches,
                                          const vision::Camera& camera,
                                          const Eigen::Isometry3d& body_from_cam) const;

  const SmootherOptions& options() const { return options_; }
  const dem::Site& site() const { return site_; }
  const State& head() const { return head_; }
  const Window& window() const { return window_; }
  const WindowSolveReport& last_solve() const { return last_solve_; }
  ImuHistory& history() { return history_; }

 private:
  State StateOf(int keyframe) const;
  State Advanced(State state, std::int64_t t_ns) const;
  int LastKeyframeNotAfter(std::int64_t t_ns) const;
  int OpenKeyframe(const State& at);
  void Link(int first);
  void Solve();
  void RefreshBiases();
  void RefreshHead();

  SmootherOptions options_;
  dem::Site site_;
  ImuHistory history_;
  Window window_;
  State head_;
  WindowSolveReport last_solve_;
};

State Smoother::Impl::StateOf(int keyframe) const {
  const JointGaussian gaussian = window_.Marginal(keyframe);
  const Keyframe moved = Moved(window_.keyframes()[static_cast<std::size_t>(keyframe)],
                               KeyframeVector(gaussian.mean.head<kKeyframeSize>()));
  const SharedStates shared = Moved(window_.shared(), SharedVector(gaussian.mean.tail<kSharedSize>()));
  State state;
  state.t_ns = moved.t_ns;
  state.site_from_body = moved.motion.site_from_body;
  state.velocity_of_body_in_site_mps = moved.motion.velocity_of_body_in_site_mps;
  state.gyro_bias_radps = moved.motion.gyro_bias_radps;
  state.accel_bias_mps2 = moved.motion.accel_bias_mps2;
  state.map_error_m = moved.map_error_m;
  state.range_bias_m = shared.range_bias_m;
  state.map_tie_m = shared.map_tie_m;
  state.covariance = ToStateOrder(gaussian.covariance);
  return state;
}

State Smoother::Impl::Advanced(State state, std::int64_t t_ns) const {
  while (state.t_ns < t_ns) {
    const std::int64_t end_ns = std::min(t_ns, state.t_ns + kLongestStretch_ns);
    const Vector3d start = state.site_from_body.translation();
    state = Propagated(
        state, history_.Sum(state.t_ns, end_ns, state.gyro_bias_radps, state.accel_bias_mps2).sum, site_);
    state.t_ns = end_ns;
    const double distance_m = (state.site_from_body.translation() - start).head<2>().norm();
    state = AdvanceMapError(state, distance_m, options_.map_error_correlation_m,
                            options_.map_error_covariance_m2);
  }
  return state;
}

int Smoother::Impl::LastKeyframeNotAfter(std::int64_t t_ns) const {
  const std::vector<Keyframe>& keyframes = window_.keyframes();
  const auto later =
      std::find_if(keyframes.begin(), keyframes.end(), [&](const Keyframe& k) { return k.t_ns > t_ns; });
  return static_cast<int>(later - keyframes.begin()) - 1;
}

std::optional<State> Smoother::Impl::At(std::int64_t t_ns) const {
  if (t_ns >= head_.t_ns) return Advanced(head_, t_ns);
  const int host = LastKeyframeNotAfter(t_ns);
  if (host < 0) return std::nullopt;
  return Advanced(StateOf(host), t_ns);
}

void Smoother::Impl::Link(int first) {
  const Keyframe& a = window_.keyframes()[static_cast<std::size_t>(first)];
  const Keyframe& b = window_.keyframes()[static_cast<std::size_t>(first) + 1];
  window_.Add(
      first, true,
      std::make_unique<ImuFactor>(
          history_.Sum(a.t_ns, b.t_ns, a.motion.gyro_bias_radps, a.motion.accel_bias_mps2).sum, site_));
  const double distance_m =
      (b.motion.site_from_body.translation() - a.motion.site_from_body.translation()).head<2>().norm();
  window_.Add(first, true,
              std::make_unique<MapErrorFactor>(std::exp(-distance_m / options_.map_error_correlation_m),
                                               options_.map_error_covariance_m2));
}

/// A keyframe in its place: linked to its neighbours, and given what later measurements said through the one
/// before it.
int Smoother::Impl::OpenKeyframe(const State& at) {
  const int index = window_.Insert(KeyframeOf(at));
  Link(index - 1);
  if (index + 1 < static_cast<int>(window_.keyframes().size())) Link(index);
  for (WindowEntry& entry : window_.entries()) {
    auto* timed = dynamic_cast<TimedFactor*>(entry.factor.get());
    if (timed == nullptr || entry.first != index - 1 || timed->t_ns() < at.t_ns) continue;
    entry.first = index;
    std::optional<ImuPreintegration> lead;
    if (timed->t_ns() > at.t_ns)
      lead = history_.Sum(at.t_ns, timed->t_ns(), at.gyro_bias_radps, at.accel_bias_mps2).sum;
    timed->LeadFrom(lead);
  }
  return index;
}

/// Preintegrated increments follow changed biases to first order: where the second would show, they are
/// summed up anew.
void Smoother::Impl::RefreshBiases() {
  constexpr double kTurnOff_rad = 1e-3;
  std::vector<int> stale;
  for (const WindowEntry& entry : window_.entries()) {
    const auto* factor = dynamic_cast<const ImuFactor*>(entry.factor.get());
    if (factor == nullptr) continue;
    const Motion& start = window_.keyframes()[static_cast<std::size_t>(entry.first)].motion;
    const double off_radps = (start.gyro_bias_radps - factor->imu().gyro_bias_radps()).norm();
    if (off_radps * factor->imu().duration_s() > kTurnOff_rad) stale.push_back(entry.first);
  }
  for (const int first : stale) {
    std::erase_if(window_.entries(), [&](const WindowEntry& e) { return e.two && e.first == first; });
    Link(first);
  }
}

void Smoother::Impl::RefreshHead() {
  const std::int64_t t_ns = head_.t_ns;
  head_ = StateOf(static_cast<int>(window_.keyframes().size()) - 1);
  head_ = Advanced(head_, t_ns);
}

void Smoother::Impl::Solve() {
  RefreshBiases();
  last_solve_ = window_.Solve(options_.solve);
  while (static_cast<int>(window_.keyframes().size()) > options_.keyframes) window_.MarginaliseOldest();
  history_.DropBefore(window_.keyframes().front().t_ns);
  RefreshHead();
}

EntryResult Smoother::Impl::Take(std::int64_t t_ns, bool own_keyframe, const Judge& judge) {
  EntryResult result;
  result.t_ns = t_ns;
  result.delayed = t_ns < head_.t_ns;
  const std::optional<State> predicted = At(t_ns);
  if (!predicted) return result;
  result.status = EntryStatus::kNotPredicted;
  std::optional<JudgedMeasurement> candidate = judge(*predicted);
  if (!candidate) return result;
  result.nis = candidate->update.nis;
  result.dof = candidate->update.dof;
  result.threshold = candidate->update.threshold;
  result.status = candidate->update.accepted ? EntryStatus::kAccepted : EntryStatus::kGated;
  if (!result.delayed) head_ = candidate->update.state;  // of a gated one: the prediction
  if (!candidate->update.accepted) return result;
  result.matches_accepted = candidate->matches;

  int host = LastKeyframeNotAfter(t_ns);
  const Keyframe& last = window_.keyframes()[static_cast<std::size_t>(host)];
  const ImuStretch lead =
      history_.Sum(last.t_ns, t_ns, last.motion.gyro_bias_radps, last.motion.accel_bias_mps2);
  const bool at_keyframe = last.t_ns == t_ns;
  const bool is_far = t_ns - last.t_ns > std::llround(options_.longest_carry_s * 1e9);
  const bool opens = !at_keyframe && (own_keyframe || lead.has_gap || is_far);
  if (opens) host = OpenKeyframe(candidate->update.state);
  const std::optional<ImuPreintegration> carried =
      opens || at_keyframe ? std::nullopt : std::optional<ImuPreintegration>(lead.sum);
  window_.Add(host, false, std::make_unique<TimedFactor>(t_ns, std::move(candidate->factor), carried, site_));
  if (opens || own_keyframe) {
    Solve();
  } else if (result.delayed) {
    RefreshHead();
  }
  return result;
}

std::vector<vision::Match> Smoother::Impl::GatedMatches(const State& predicted,
                                                        const std::vector<vision::Match>& matches,
                                                        const vision::Camera& camera,
                                                        const Eigen::Isometry3d& body_from_cam) const {
  const Eigen::Isometry3d map_from_cam = MapFromBodyOf(predicted) * body_from_cam;
  const Eigen::Matrix<double, 6, kStateSize> by_error = CameraPoseByError(predicted, body_from_cam);
  const dem::Matrix6d pose_covariance = dem::Congruence(by_error, predicted.covariance);
  std::vector<vision::Match> kept;
  for (const vision::Match& match : matches) {
    const auto r = vision::Reproject(match, camera, map_from_cam);
    if (!r) continue;
    const Eigen::Matrix2d spread = match.covariance_px2 +
                                   r->by_point * match.point_covariance_m2 * r->by_point.transpose() +
                                   r->by_pose * pose_covariance * r->by_pose.transpose();
    if (r->residual_px.dot(spread.inverse() * r->residual_px) <= options_.match_threshold)
      kept.push_back(match);
  }
  return kept;
}

/// The landmarks together as one measurement of the camera's pose: its least-squares answer and covariance,
/// gated and taken like a fix of six degrees of freedom.
std::optional<JudgedMeasurement> Smoother::Impl::JudgeLandmarks(
    const State& predicted, const std::vector<vision::Match>& matches, const vision::Camera& camera,
    const Eigen::Isometry3d& body_from_cam) const {
  std::vector<vision::Match> kept = GatedMatches(predicted, matches, camera, body_from_cam);
  const int count = static_cast<int>(kept.size());
  if (count < options_.least_matches) return std::nullopt;
  const Eigen::Isometry3d map_from_body = MapFromBodyOf(predicted);
  auto factor = std::make_unique<LandmarkFactor>(std::move(kept), camera, body_from_cam, map_from_body,
                                                 options_.huber_sigma);
  LandmarkFactor::Pull pull = factor->PullAt(map_from_body);
  // Three points in a line leave a turn about it open: known to a hundred thousandth, as good as unknown.
  pull.information.diagonal() *= 1 + 1e-10;
  if (!dem::IsPositiveDefinite(pull.information)) return std::nullopt;
  JudgedMeasurement candidate;
  candidate.update = UpdateLinear(predicted, -dem::SolveSymmetric(pull.information, pull.gradient),
                                  CameraPoseByError(predicted, body_from_cam),
                                  dem::InverseOfSymmetric(pull.information), kGateDof6);
  candidate.factor = std::move(factor);
  candidate.matches = count;
  return candidate;
}

Smoother::Smoother(const SmootherOptions& options, const dem::Site& site, const State& initial)
    : impl_(std::make_unique<Impl>(options, site, initial)) {}
Smoother::~Smoother() = default;
Smoother::Smoother(Smoother&&) noexcept = default;
Smoother& Smoother::operator=(Smoother&&) noexcept = default;

void Smoother::AddImu(std::span<const Imu> samples) { impl_->history().Append(samples); }

EntryResult Smoother::AddLandmarks(const LandmarkMeasurement& measurement, const vision::Camera& camera,
                                   const Eigen::Isometry3d& body_from_cam) {
  return impl_->Take(measurement.t_ns, true, [&](const State& predicted) {
    return impl_->JudgeLandmarks(predicted, measurement.matches, camera, body_from_cam);
  });
}

EntryResult Smoother::AddFix(const Fix& fix, const Eigen::Isometry3d& body_from_cam, bool with_attitude) {
  return impl_->Take(fix.t_ns, true, [&](const State& predicted) -> std::optional<JudgedMeasurement> {
    if (!fix.HasPose()) return std::nullopt;
    return JudgedMeasurement{with_attitude ? UpdateFixPose(predicted, fix, body_from_cam)
                                           : UpdateFix(predicted, fix, body_from_cam.translation()),
                             std::make_unique<FixFactor>(fix, body_from_cam, with_attitude)};
  });
}

EntryResult Smoother::AddRange(const Range& range, const Eigen::Isometry3d& body_from_beam,
                               const dem::Terrain& map, const SharedByRanges& shared) {
  return impl_->Take(range.t_ns, false, [&](const State& predicted) -> std::optional<JudgedMeasurement> {
    const SmootherOptions& options = impl_->options();
    if (!range.valid) return std::nullopt;
    const std::optional<RangePrediction> p = PredictRange(predicted, map, body_from_beam, options.range);
    if (!p) return std::nullopt;
    const double sigma_m =
        std::sqrt(range.sigma_m * range.sigma_m + p->map_sigma_m * p->map_sigma_m * shared.map +
                  p->relief_sigma_m * p->relief_sigma_m * shared.relief);
    return JudgedMeasurement{UpdateRange(predicted, range, *p, shared, options.range),
                             std::make_unique<RangeFactor>(range.range_m, sigma_m, *p, predicted,
                                                           body_from_beam, options.huber_sigma)};
  });
}

EntryResult Smoother::AddAttitude(const Attitude& attitude) {
  return impl_->Take(attitude.t_ns, false, [&](const State& predicted) -> std::optional<JudgedMeasurement> {
    return JudgedMeasurement{UpdateAttitude(predicted, attitude, impl_->site()),
                             std::make_unique<AttitudeFactor>(attitude, impl_->site())};
  });
}

EntryResult Smoother::AddBeamSpeeds(std::int64_t t_ns, const std::vector<BeamSpeed>& beams) {
  return impl_->Take(t_ns, false, [&](const State& predicted) -> std::optional<JudgedMeasurement> {
    auto factor = std::make_unique<BeamSpeedFactor>(beams, impl_->options().huber_sigma);
    const Keyframe now = KeyframeOf(predicted);
    const SharedStates shared{predicted.range_bias_m, predicted.map_tie_m};
    const BeamSpeedFactor without_loss(beams, 1e9);
    const FactorEnds ends{&now, nullptr, &shared};
    const FactorRows rows = without_loss.Evaluate(ends, ends);
    const auto count = static_cast<int>(beams.size());
    Eigen::MatrixXd derivative = Eigen::MatrixXd::Zero(count, kStateSize);
    derivative.leftCols<kMotionSize>() = -rows.by_first.topRows(count).leftCols<kMotionSize>();
    const double threshold = count == 1 ? kGateDof1 : count <= 3 ? kGateDof3 : kGateDof6;
    return JudgedMeasurement{UpdateLinear(predicted, rows.residual.head(count), derivative,
                                          Eigen::MatrixXd::Identity(count, count), threshold),
                             std::move(factor)};
  });
}

const State& Smoother::Newest() const { return impl_->head(); }
std::optional<State> Smoother::At(std::int64_t t_ns) const { return impl_->At(t_ns); }
const Window& Smoother::window() const { return impl_->window(); }
const WindowSolveReport& Smoother::last_solve() const { return impl_->last_solve(); }

}  // namespace perilune::nav
