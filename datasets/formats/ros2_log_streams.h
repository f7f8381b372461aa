#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "datasets/formats/ros2_log_writer.h"

namespace perilune::datasets {

/// Samples of one sensor, in time order, that wait to be written.
struct LogStream {
  std::size_t count = 0;
  std::function<std::int64_t(std::size_t index)> time_ns;
  std::function<void(std::size_t index)> write;
};

/// A stream of `samples` with `t_ns`, which must outlive it.
template <typename Sample, typename Write>
LogStream StreamOf(const std::vector<Sample>& samples, const Write& write) {
  return {samples.size(), [&samples](std::size_t i) { return samples[i].t_ns; },
          [&samples, write](std::size_t i) { write(samples[i]); }};
}

/// Writes all samples by time; at equal times in the order of the streams.
void WriteInTimeOrder(const std::vector<LogStream>& streams, const LogProgress& progress);

}  // namespace perilune::datasets
