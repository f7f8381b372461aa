#include "nav/navigator/range_trust.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <stdexcept>

namespace perilune::nav {
namespace {

double SecondsBetween(std::int64_t from_ns, std::int64_t to_ns) {
  return static_cast<double>(to_ns - from_ns) * 1e-9;
}

template <typename... Numbers>
std::string Text(const char* format, Numbers... numbers) {
  char text[320];
  std::snprintf(text, sizeof text, format, numbers...);
  return text;
}

/// −2 ln likelihood of a measurement, up to a constant.
double CostOf(const UpdateResult& result) {
  return std::min(result.nis, result.threshold) + result.log_det_spread;
}

}  // namespace

void RangeTrustOptions::Validate() const {
  if (refusals < 1) throw std::invalid_argument("range trust: refusals must be at least 1");
  if (agreements < 1) throw std::invalid_argument("range trust: agreements must be at least 1");
  if (noise_window < 1) throw std::invalid_argument("range trust: noise_window must be at least 1");
  if (!(largest_mean_nis > 1))
    throw std::invalid_argument("range trust: largest_mean_nis must exceed 1, what honest ranges have");
  if (!(agreeing_mean_nis > 1))
    throw std::invalid_argument("range trust: agreeing_mean_nis must exceed 1, what honest ranges have");
  if (window < 3) throw std::invalid_argument("range trust: window must be at least 3");
  if (!(agreement > 0 && agreement < 1)) {
    throw std::invalid_argument("range trust: agreement " + std::to_string(agreement) +
                                " must lie within 0 and 1");
  }
  if (!(evidence > 0)) throw std::invalid_argument("range trust: evidence must be positive");
  if (!(patience_s > 0)) throw std::invalid_argument("range trust: patience_s must be positive");
  if (!(fix_patience_s >= 0)) {
    throw std::invalid_argument("range trust: fix_patience_s must not be negative");
  }
  if (!(longest_s > 0)) throw std::invalid_argument("range trust: longest_s must be positive");
  if (!(pause_s >= 0)) throw std::invalid_argument("range trust: pause_s must not be negative");
}

RangeTrust::RangeTrust(const RangeTrustOptions& options) : options_(options) { options_.Validate(); }

RangeVerdict RangeTrust::Judge(std::int64_t t_ns, const RangeTest& test) {
  const bool agrees = test.result.accepted;
  nis_.push_back(std::min(test.result.nis, test.result.threshold));
  if (nis_.size() > static_cast<std::size_t>(std::max(options_.noise_window, options_.agreements)))
    nis_.pop_front();
  if (agrees) {
    refused_.clear();
    refusals_ = 0;
    ++agreements_;
  } else {
    refused_.push_back({t_ns, test});
    refused_.back().test.result.state = State();
    if (refused_.size() > static_cast<std::size_t>(options_.window)) refused_.pop_front();
    ++refusals_;
    agreements_ = 0;
  }
  if (!doubted_) {
    doubted_ = refusals_ >= options_.refusals || (TooNoisy() && !Confirmed());
    if (agrees && !doubted_) return RangeVerdict::kUse;
    return doubted_ ? RangeVerdict::kDoubt : RangeVerdict::kRefuse;
  }
  if (options_.policy == RangePolicy::kRejectForGood) return RangeVerdict::kOnTrial;
  if (Confirmed()) {
    doubted_ = false;
    held_off_ns_.reset();
    nis_.erase(nis_.begin(), nis_.end() - options_.agreements);
    return RangeVerdict::kTakenBack;
  }
  const bool paused = held_off_ns_ && SecondsBetween(*held_off_ns_, t_ns) < options_.pause_s;
  return !paused && RefusedAgree() ? RangeVerdict::kStateDoubts : RangeVerdict::kOnTrial;
}

void RangeTrust::Trust() {
  doubted_ = false;
  refusals_ = agreements_ = 0;
  nis_.clear();
  refused_.clear();
  held_off_ns_.reset();
}

double RangeTrust::MeanNis(int ranges) const {
  return std::accumulate(nis_.end() - ranges, nis_.end(), 0.0) / ranges;
}

bool RangeTrust::Confirmed() const {
  return agreements_ >= options_.agreements && MeanNis(options_.agreements) <= options_.agreeing_mean_nis;
}

bool RangeTrust::TooNoisy() const {
  return nis_.size() >= static_cast<std::size_t>(options_.noise_window) &&
         MeanNis(options_.noise_window) > options_.largest_mean_nis;
}

void RangeTrust::HoldOff(std::int64_t t_ns) { held_off_ns_ = t_ns; }

std::optional<RangeTrust::Line> RangeTrust::RefusedLine() const {
  if (refused_.size() < static_cast<std::size_t>(options_.window)) return std::nullopt;
  const std::int64_t origin_ns = refused_.front().t_ns;
  const auto count = static_cast<double>(refused_.size());
  double t_mean_s = 0;
  Line line;
  for (const Refused& refused : refused_) {
    t_mean_s += SecondsBetween(origin_ns, refused.t_ns) / count;
    line.mean_m += refused.test.innovation_m / count;
  }
  double moment = 0, square = 0;
  for (const Refused& refused : refused_) {
    const double t_s = SecondsBetween(origin_ns, refused.t_ns) - t_mean_s;
    moment += t_s * refused.test.innovation_m;
    square += t_s * t_s;
  }
  line.slope_mps = moment / square;
  double departure = 0;
  for (const Refused& refused : refused_) {
    const double t_s = SecondsBetween(origin_ns, refused.t_ns) - t_mean_s;
    departure += std::pow(refused.test.innovation_m - line.mean_m - line.slope_mps * t_s, 2) / count;
  }
  line.departure_m = std::sqrt(departure);
  // The map's error may change by its sigma over the window, the noise from one range to the next.
  const RangeTest& last = refused_.back().test;
  line.slope_limit_mps =
      3 * std::hypot(last.velocity_sigma_mps, last.noise_m / SecondsBetween(origin_ns, refused_.back().t_ns));
  return line;
}

std::string RangeTrust::Reason(RangeVerdict verdict, const RangeTest& test) const {
  if (verdict == RangeVerdict::kDoubt && refusals_ < options_.refusals) {
    return Text("a mean NIS of %.1f in the last %d ranges, over %.1f: noisier than they say, %s",
                MeanNis(options_.noise_window), options_.noise_window, options_.largest_mean_nis,
                options_.policy == RangePolicy::kRejectForGood ? "rejected for good" : "on trial");
  }
  if (verdict == RangeVerdict::kDoubt) {
    return Text("%d ranges refused in a row; the last off by %.1f m with a NIS of %.1f over %.1f: %s",
                options_.refusals, test.innovation_m, test.result.nis, test.result.threshold,
                options_.policy == RangePolicy::kRejectForGood ? "rejected for good" : "on trial");
  }
  if (verdict == RangeVerdict::kTakenBack) {
    return Text("%d ranges agree in a row; the last off by %.1f m: taken back", options_.agreements,
                test.innovation_m);
  }
  const Line line = RefusedLine().value_or(Line());
  return Text(
      "%d refused ranges agree: off by %.1f m and changing by %.2f m/s (%.2f m/s would be the velocity's) "
      "with %.2f m "
      "beside that line: a state with them is tried",
      options_.window, line.mean_m, line.slope_mps, line.slope_limit_mps, line.departure_m);
}

bool RangeTrust::RefusedAgree() const {
  const std::optional<Line> line = RefusedLine();
  if (!line) return false;
  return line->departure_m <=
         std::max(options_.agreement * std::abs(line->mean_m), 2 * refused_.back().test.noise_m);
}

RivalState::RivalState(const State& without_sensor, double innovation_m)
    : state(without_sensor), since_ns(without_sensor.t_ns) {
  state.covariance(kPosition + 2, kPosition + 2) += innovation_m * innovation_m;
}

void RivalState::CountFix(const UpdateResult& without_sensor, const UpdateResult& with_sensor) {
  constexpr int kRangesBefore = 5;
  if (ranges_ < kRangesBefore) return;
  for_rival_ += CostOf(without_sensor) - CostOf(with_sensor);
  ++fixes_;
}

void RivalState::CountRange(const UpdateResult& with_sensor) {
  ++ranges_;
  ranges_accepted_ += with_sensor.accepted ? 1 : 0;
}

RivalState::Verdict RivalState::Decide(std::int64_t t_ns, bool moves_as_lander,
                                       std::optional<std::int64_t> fix_ns,
                                       const RangeTrustOptions& options) const {
  // Nine in ten: an honest sensor would do better, a broken one never does so well.
  const bool agrees = 10 * ranges_accepted_ >= 9 * ranges_;
  if (fixes_ > 0) {
    if (for_rival_ >= options.evidence) return Verdict::kTakeRival;
    if (for_rival_ <= -options.evidence) return Verdict::kKeepState;
    if (SecondsBetween(since_ns, t_ns) < options.longest_s) return Verdict::kOpen;
    return agrees && for_rival_ >= 0 ? Verdict::kTakeRival : Verdict::kKeepState;
  }
  const bool fix_may_come = fix_ns && SecondsBetween(*fix_ns, t_ns) < options.fix_patience_s;
  if (fix_may_come || SecondsBetween(since_ns, t_ns) < options.patience_s) return Verdict::kOpen;
  return moves_as_lander && agrees ? Verdict::kTakeRival : Verdict::kKeepState;
}

double RivalState::Probability() const {
  constexpr double kAlmostSure = 1 - 1e-9;
  return std::min(kAlmostSure, 1 / (1 + std::exp(-0.5 * for_rival_)));
}

std::string RivalState::Reason(Verdict verdict, const State& without_sensor) const {
  const double apart_m =
      (state.site_from_body.translation() - without_sensor.site_from_body.translation()).norm();
  const char* decision = verdict == Verdict::kTakeRival ? "the state was wrong" : "the sensor is wrong";
  return Text(
      "%s: the state with its ranges is %.1f m off; %d of %d of them agree with that; %d fixes say %.1f for "
      "it",
      decision, apart_m, ranges_accepted_, ranges_, fixes_, for_rival_);
}

}  // namespace perilune::nav
