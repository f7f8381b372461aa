#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace perilune::datasets {

/// A sensor's samples (anything with a `t_ns`) in time order, read as they are asked for: memory holds one
/// sample more than was handed out.
template <typename Sample>
class SampleStream {
 public:
  /// A sensor that is not there.
  SampleStream() = default;
  /// `next` gives sample after sample with increasing times, then nothing.
  explicit SampleStream(std::function<std::optional<Sample>()> next) : next_(std::move(next)) { Advance(); }

  /// Passes over the samples from before `t_ns` but the last of them: what lies between it and the next one
  /// needs both.
  void SkipBefore(std::int64_t t_ns) {
    while (ahead_ && ahead_->t_ns <= t_ns) {
      kept_ = std::move(ahead_);
      Advance();
    }
  }

  /// The samples up to and with `t_ns` that were not handed out yet.
  std::vector<Sample> TakeUntil(std::int64_t t_ns) {
    std::vector<Sample> samples;
    if (kept_) samples.push_back(std::move(*std::exchange(kept_, std::nullopt)));
    while (ahead_ && ahead_->t_ns <= t_ns) {
      samples.push_back(std::move(*ahead_));
      Advance();
    }
    return samples;
  }

  /// The time of what Take gives next; nothing at the end.
  std::optional<std::int64_t> NextTime_ns() const {
    if (kept_) return kept_->t_ns;
    if (ahead_) return ahead_->t_ns;
    return std::nullopt;
  }

  /// The next sample; nothing at the end.
  std::optional<Sample> Take() {
    if (kept_) return std::exchange(kept_, std::nullopt);
    std::optional<Sample> sample = std::move(ahead_);
    ahead_.reset();
    if (sample) Advance();
    return sample;
  }

 private:
  void Advance() { ahead_ = next_(); }

  std::function<std::optional<Sample>()> next_;
  std::optional<Sample> kept_;
  std::optional<Sample> ahead_;
};

}  // namespace perilune::datasets
