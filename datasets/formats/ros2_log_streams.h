#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "datasets/formats/sample_stream.h"

namespace perilune::datasets {

/// Samples of one sensor, in time order, that wait to be written.
struct LogStream {
  std::function<std::optional<std::int64_t>()> next_ns;  ///< time of the next one; nothing at the end
  std::function<void()> write_next;
};

/// What `write(sample)` makes of a stream that is read as it is written. `samples` must outlive it.
template <typename Sample, typename Write>
LogStream StreamOf(SampleStream<Sample>& samples, Write write) {
  return {[&samples] { return samples.NextTime_ns(); },
          [&samples, write = std::move(write)] { write(*samples.Take()); }};
}

/// `count` samples by index.
LogStream StreamByIndex(std::size_t count, std::function<std::int64_t(std::size_t index)> time_ns,
                        std::function<void(std::size_t index)> write);

/// Writes all samples by time; at equal times in the order of the streams. `written` follows each; it may
/// throw to end it.
void WriteInTimeOrder(const std::vector<LogStream>& streams, const std::function<void()>& written);

}  // namespace perilune::datasets
