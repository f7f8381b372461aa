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
  if (stuck_readings < 2) throw std::invalid_argument("imu track: stuck_readings must be at least 2");
}

ImuTrack::ImuTrack(const dem::Site& site, const Eigen::Isometry3d& body_from_imu, const ImuNoise& noise,
                   const ImuTrackOptions& options)
    : site_(site),
      body_from_imu_(body_from_imu),
      noise_(noise),
      options_(options),
      stuck_gyro_(options.stuck_readings),
      stuck_accel_(options.stuck_readings) {
  noise_.Validate();
  options_.Validate();
}

void ImuTrack::Append(const std::vector<Imu>& samples) {
  const auto mark = [&](int run, bool StuckSensors::*sensor) {
    const auto first = samples_.end() - std::min<std::ptrdiff_t>(run, std::ssize(samples_));
    for (auto sample = first; sample != samples_.end(); ++sample) sample->stuck.*sensor = true;
  };
  for (const Imu& sample : samples) {
    if (!samples_.empty() && sample.t_ns <= samples_.back().in_body.t_ns) {
      throw std::invalid_argument("imu: sample at " + std::to_string(sample.t_ns) +
                                  " ns does not follow the one at " +
                                  std::to_string(samples_.back().in_body.t_ns) + " ns");
    }
    samples_.push_back({ImuInBody(sample, body_from_imu_), {}});
    mark(stuck_gyro_.Add(sample.gyro_radps), &StuckSensors::gyro);
    mark(stuck_accel_.Add(sample.accel_mps2), &StuckSensors::accel);
  }
}

ImuNoise ImuTrack::NoiseOf(const StuckSensors& stuck) const {
  ImuNoise noise = noise_;
  if (stuck.gyro) noise.gyro_radps_rthz = std::max(noise.gyro_radps_rthz, options_.coasting.gyro_radps_rthz);
  if (stuck.accel) noise.accel_mps2_rthz = std::max(noise.accel_mps2_rthz, options_.coasting.accel_mps2_rthz);
  return noise;
}

ImuTrack::Step ImuTrack::NextStep(const State& state, std::int64_t t_ns) const {
  const auto gap_ns = static_cast<std::int64_t>(options_.longest_gap_s * kSecond_ns);
  const std::int64_t now_ns = state.t_ns;
  const auto next =
      std::upper_bound(samples_.begin(), samples_.end(), now_ns,
                       [](std::int64_t t, const Sample& sample) { return t < sample.in_body.t_ns; });
  const Sample* const following = next != samples_.end() ? &*next : nullptr;
  const Sample* const last = next != samples_.begin() ? &*std::prev(next) : nullptr;
  const auto until = [&](std::int64_t end_ns) { return std::min(t_ns, end_ns); };
  if (following != nullptr && last != nullptr && following->in_body.t_ns - last->in_body.t_ns <= gap_ns) {
    const StuckSensors stuck{last->stuck.gyro || following->stuck.gyro,
                             last->stuck.accel || following->stuck.accel};
    return {until(following->in_body.t_ns), MeanImu(last->in_body, following->in_body), NoiseOf(stuck)};
  }
  if (last != nullptr && following == nullptr && now_ns < last->in_body.t_ns + gap_ns) {
    return {until(last->in_body.t_ns + gap_ns), last->in_body, NoiseOf(last->stuck)};
  }
  if (following != nullptr && last == nullptr && following->in_body.t_ns - now_ns <= gap_ns) {
    return {until(following->in_body.t_ns), following->in_body, NoiseOf(following->stuck)};
  }
  // Short steps: what is held constant over one is renewed at the next.
  std::int64_t end_ns = until(now_ns + gap_ns);
  if (following != nullptr) end_ns = std::min(end_ns, following->in_body.t_ns);
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
  const auto next =
      std::upper_bound(samples_.begin(), samples_.end(), t_ns,
                       [](std::int64_t t, const Sample& sample) { return t < sample.in_body.t_ns; });
  if (next != samples_.begin()) samples_.erase(samples_.begin(), std::prev(next));
}

}  // namespace perilune::nav
