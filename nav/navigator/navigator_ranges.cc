#include <algorithm>
#include <cmath>
#include <limits>

#include "nav/navigator/navigator.h"

// What the navigator does with ranges, and with the state that they would give where it refuses them.

namespace perilune::nav {
namespace {

constexpr char kAltimeter[] = "altimeter0";

}  // namespace

const MapLevel* Navigator::RangeGround() const {
  if (options_.range_ground) return &*options_.range_ground;
  return level_ < 0 ? nullptr : &levels_[static_cast<std::size_t>(level_)];
}

RangeTest Navigator::Test(const Range& range, const State& state, double travelled_since_m) const {
  const MapLevel* ground = RangeGround();
  RangeTest test;
  test.why_not = !range.valid        ? "the sensor says invalid"
                 : ground == nullptr ? "no map to predict it"
                                     : nullptr;
  if (test.why_not != nullptr) return test;
  const MapDeclaration& declared = ground->declaration;
  RangeOptions options = options_.range;
  options.unresolved_relief *= declared.DetailPixel_m() / declared.map_pixel_m;
  const std::optional<RangePrediction> prediction =
      PredictRange(state, *ground->terrain, mounting_.body_from_beam, options);
  if (!prediction) {
    test.why_not = "the beam misses the map";
    return test;
  }
  SharedByRanges shared;
  if (std::isfinite(travelled_since_m)) {
    shared.map = CorrelatedSamples(std::max(declared.height_correlation_m, declared.DetailPixel_m()),
                                   travelled_since_m);
    shared.relief = CorrelatedSamples(prediction->relief_correlation_m, travelled_since_m);
  }
  test.result = UpdateRange(state, range, *prediction, shared, options);
  test.innovation_m = range.range_m - prediction->range_m;
  test.derivative = prediction->derivative;
  test.noise_m = Eigen::Vector3d(range.sigma_m, prediction->map_sigma_m, prediction->relief_sigma_m).norm();
  const Eigen::Vector3d by_position = prediction->derivative.segment<3>(kPosition).transpose();
  test.velocity_sigma_mps =
      std::sqrt(by_position.dot(state.covariance.block<3, 3>(kVelocity, kVelocity) * by_position));
  return test;
}

void Navigator::Update(const Range& range) {
  const RangeTest test = Test(range, state_,
                              travelled_at_range_m_ ? travelled_m_ - *travelled_at_range_m_
                                                    : std::numeric_limits<double>::infinity());
  if (test.why_not != nullptr) return Record(range.t_ns, "range", kAltimeter, {}, test.why_not);
  if (rival_) TestRival(range);
  JudgeRange(range, test);
  DecideRival(range.t_ns);
}

void Navigator::JudgeRange(const Range& range, const RangeTest& test) {
  const RangeVerdict verdict = range_trust_.Judge(range.t_ns, test);
  const bool used = verdict == RangeVerdict::kUse || verdict == RangeVerdict::kTakenBack;
  UpdateResult result = test.result;
  result.accepted = used;
  const bool on_trial = range_trust_.Doubted() && verdict != RangeVerdict::kDoubt;
  Record(range.t_ns, "range", kAltimeter, result, used ? "" : on_trial ? "on trial" : "gated");
  if (!unconfirmed_ && !range_trust_.Confirmed()) {
    unconfirmed_ = UnconfirmedRanges{state_, travelled_at_range_m_};
  }
  if (used) {
    range_monitor_.Take(range.t_ns, test, state_, test.result.state);
    state_ = test.result.state;
    travelled_at_range_m_ = travelled_m_;
  }
  if (verdict == RangeVerdict::kDoubt) {
    state_ = range_monitor_.Withdraw(unconfirmed_->state);
    travelled_at_range_m_ = unconfirmed_->travelled_at_range_m;
  }
  if (range_trust_.Doubted() || range_trust_.Confirmed()) unconfirmed_.reset();
  if (verdict == RangeVerdict::kTakenBack) rival_.reset();
  const bool doubts_state = verdict == RangeVerdict::kStateDoubts && !rival_;
  if (doubts_state) {
    rival_.emplace(state_, test.innovation_m);
    rival_->travelled_at_range_m = travelled_m_;
  }
  if (doubts_state || verdict == RangeVerdict::kDoubt || verdict == RangeVerdict::kTakenBack) {
    RecordTrust(range.t_ns, used, range_trust_.Reason(verdict, test));
  }
}

void Navigator::TestRival(const Range& range) {
  const RangeTest test = Test(range, rival_->state, travelled_m_ - rival_->travelled_at_range_m);
  if (test.why_not != nullptr) return;
  rival_->CountRange(test.result);
  if (!test.result.accepted) return;
  rival_->state = test.result.state;
  rival_->travelled_at_range_m = travelled_m_;
}

void Navigator::DecideRival(std::int64_t t_ns) {
  if (!rival_) return;
  const std::optional<RangeTrust::Line> line = range_trust_.RefusedLine();
  const bool moves_as_lander = line && std::abs(line->slope_mps) <= line->slope_limit_mps;
  const RivalState::Verdict verdict =
      rival_->Decide(t_ns, moves_as_lander, accepted_fix_ns_, options_.range_trust);
  if (verdict == RivalState::Verdict::kOpen) return;
  const bool taken = verdict == RivalState::Verdict::kTakeRival;
  RecordTrust(t_ns, taken, rival_->Reason(verdict, state_));
  if (taken) {
    state_ = rival_->state;
    unconfirmed_.reset();
    range_monitor_.Forget();
    travelled_at_range_m_ = rival_->travelled_at_range_m;
    range_trust_.Trust();
    refused_.clear();
  } else {
    range_trust_.HoldOff(t_ns);
  }
  rival_.reset();
}

void Navigator::CompareWithRanges(const Fix& fix) {
  const Eigen::Vector3d predicted_m =
      state_.site_from_body * mounting_.body_from_cam.translation() + state_.map_tie_m;
  if (const std::optional<RangeMonitor::Verdict> verdict = range_monitor_.Judge(state_, fix, predicted_m)) {
    state_ = verdict->state;
    RecordTrust(fix.t_ns, false, verdict->text);
  }
}

void Navigator::RecordTrust(std::int64_t t_ns, bool accepted, const std::string& text) {
  events_.push_back({t_ns, "trust", kAltimeter, accepted, 0, 0, 0, text});
}

}  // namespace perilune::nav
