#include "nav/navigator/imu_track.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace perilune::nav {
namespace {

constexpr double kSecond_ns = 1e9;

/// What an inertial unit would read on a lander that keeps its velocity and attitude in `site`.
Imu CoastingImu(const State& state, const dem::Site& site) {
  const Eigen::Matrix3d body_from_site = state.site_from_body.linear().transpose();
  const Eigen::Vector3d fall =
      FreeFallAcceleration(site, state.site_from_body.translation(), state.velocity_of_body_in_site_mps);
  return {state.t_ns, body_from_site * MoonRateInSite(site) + state.gyro_bias_radps,
          body_from_site * -fall + state.accel_bias_mps2};
}

}  // namespace

/// The next stretch over which one mean sample counts.
struct ImuTrack::Step {
  std::int64_t end_ns = 0;
  Imu imu;
  ImuNoise noise;
};

void ImuTrackOptions::Validate() const {
  if (!(longest_gap_s > 0 && longest_gap_s <= 1)) {
    throw std::invalid_argument("imu track: longest_gap_s must be above 0 and at most 1 s");
  }
  coasting.Validate();
}

ImuTrack::ImuTrack(const dem::Site& site, const ImuNoise& noise, const ImuTrackOptions& options)
    : site_(site), noise_(noise), options_(options) {
  noise_.Validate();
  options_.Validate();
}

void ImuTrack::Append(const std::vector<Imu>& samples) {
  for (const Imu& sample : samples) {
    if (!samples_.empty() && sample.t_ns <= samples_.back().t_ns) {
      throw std::invalid_argument("imu: sample at " + std::to_string(sample.t_ns) +
                                  " ns does not follow the one at " + std::to_string(samples_.back().t_ns) +
                                  " ns");
    }
    samples_.push_back(sample);
  }
}

ImuTrack::Step ImuTrack::NextStep(const State& state, std::int64_t t_ns) const {
  const auto gap_ns = static_cast<std::int64_t>(options_.longest_gap_s * kSecond_ns);
  const std::int64_t now_ns = state.t_ns;
  const auto next = std::upper_bound(samples_.begin(), samples_.end(), now_ns,
                                     [](std::int64_t t, const Imu& sample) { return t < sample.t_ns; });
  const bool has_next = next != samples_.end(), has_last = next != samples_.begin();
  if (has_next && has_last && next->t_ns - std::prev(next)->t_ns <= gap_ns) {
    return {std::min(t_ns, next->t_ns), MeanImu(*std::prev(next), *next), noise_};
  }
  if (has_last && !has_next && now_ns < std::prev(next)->t_ns + gap_ns) {
    return {std::min(t_ns, std::prev(next)->t_ns + gap_ns), *std::prev(next), noise_};
  }
  if (has_next && !has_last && next->t_ns - now_ns <= gap_ns)
    return {std::min(t_ns, next->t_ns), *next, noise_};
  // Short steps: what is held constant over one is renewed at the next.
  std::int64_t end_ns = std::min(t_ns, now_ns + gap_ns);
  if (has_next) end_ns = std::min(end_ns, next->t_ns);
  return {end_ns, CoastingImu(state, site_), options_.coasting};
}

State ImuTrack::Propagate(State state, std::int64_t t_ns) const {
  if (t_ns < state.t_ns) {
    throw std::invalid_argument("imu track: " + std::to_string(t_ns) + " ns is before the state's time, " +
                                std::to_string(state.t_ns) + " ns");
  }
  while (state.t_ns < t_ns) {
    const Step step = NextStep(state, t_ns);
    const double dt_s = static_cast<double>(step.end_ns - state.t_ns) / kSecond_ns;
    state = PropagateImu(state, step.imu, dt_s, step.noise, site_);
    state.t_ns = step.end_ns;
  }
  return state;
}

void ImuTrack::DropBefore(std::int64_t t_ns) {
  const auto next = std::upper_bound(samples_.begin(), samples_.end(), t_ns,
                                     [](std::int64_t t, const Imu& sample) { return t < sample.t_ns; });
  if (next != samples_.begin()) samples_.erase(samples_.begin(), std::prev(next));
}

}  // namespace perilune::nav
