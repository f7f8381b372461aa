#include "nav/estimation/imu_history.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <string>

namespace perilune::nav {
namespace {

constexpr std::size_t kReserved = 1 << 14;  // 80 s at 200 Hz, 1 MB: until then a sample allocates nothing

std::vector<Imu>::const_iterator FirstAfter(const std::vector<Imu>& samples, std::int64_t t_ns) {
  return std::upper_bound(samples.begin(), samples.end(), t_ns,
                          [](std::int64_t t, const Imu& sample) { return t < sample.t_ns; });
}

}  // namespace

ImuHistory::ImuHistory(const ImuNoise& noise, const ImuNoise& gap_noise, double longest_gap_s)
    : noise_(noise), gap_noise_(gap_noise), longest_gap_ns_(std::llround(longest_gap_s * 1e9)) {
  noise_.Validate();
  gap_noise_.Validate();
  if (!(longest_gap_s > 0 && longest_gap_s <= 1)) {
    throw std::invalid_argument("imu history: longest_gap_s must be above 0 and at most 1 s");
  }
  samples_.reserve(kReserved);
}

void ImuHistory::Append(std::span<const Imu> samples) {
  for (const Imu& sample : samples) {
    if (!samples_.empty() && sample.t_ns <= samples_.back().t_ns) {
      throw std::invalid_argument("imu: sample at " + std::to_string(sample.t_ns) +
                                  " ns does not follow the one at " + std::to_string(samples_.back().t_ns) +
                                  " ns");
    }
    samples_.push_back(sample);
  }
}

ImuStretch ImuHistory::Sum(std::int64_t from_ns, std::int64_t to_ns, const Eigen::Vector3d& gyro_bias_radps,
                           const Eigen::Vector3d& accel_bias_mps2) const {
  ImuStretch stretch{ImuPreintegration(gyro_bias_radps, accel_bias_mps2)};
  auto next = FirstAfter(samples_, from_ns);
  for (std::int64_t now_ns = from_ns; now_ns < to_ns;) {
    const bool has_last = next != samples_.begin(), has_next = next != samples_.end();
    std::int64_t end_ns = std::min(to_ns, now_ns + longest_gap_ns_);
    if (has_next) end_ns = std::min(end_ns, next->t_ns);
    Imu mean;  // free fall, when there never was a sample
    bool known = false;
    if (has_last && has_next) {
      known = next->t_ns - std::prev(next)->t_ns <= longest_gap_ns_;
      mean = known ? MeanImu(*std::prev(next), *next) : *std::prev(next);
    } else if (has_last) {
      known = end_ns <= std::prev(next)->t_ns + longest_gap_ns_;
      mean = *std::prev(next);
    } else if (has_next) {
      known = now_ns >= next->t_ns - longest_gap_ns_;
      mean = *next;
    }
    stretch.has_gap = stretch.has_gap || !known;
    stretch.sum.Add(mean, static_cast<double>(end_ns - now_ns) * 1e-9, known ? noise_ : gap_noise_);
    if (has_next && end_ns == next->t_ns) ++next;
    now_ns = end_ns;
  }
  return stretch;
}

void ImuHistory::DropBefore(std::int64_t t_ns) {
  const auto next = FirstAfter(samples_, t_ns);
  if (next != samples_.begin()) samples_.erase(samples_.begin(), std::prev(next));
}

}  // namespace perilune::nav
