#include "datasets/formats/ros2_log_streams.h"

namespace perilune::datasets {

void WriteInTimeOrder(const std::vector<LogStream>& streams, const LogProgress& progress) {
  std::size_t total = 0;
  for (const LogStream& stream : streams) total += stream.count;
  std::vector<std::size_t> next(streams.size(), 0);
  const auto time_ns = [&](std::size_t s) { return streams[s].time_ns(next[s]); };
  for (std::size_t done = 0; done < total;) {
    std::size_t first = streams.size();
    for (std::size_t s = 0; s < streams.size(); ++s) {
      if (next[s] == streams[s].count) continue;
      if (first == streams.size() || time_ns(s) < time_ns(first)) first = s;
    }
    streams[first].write(next[first]++);
    progress(++done, total);
  }
}

}  // namespace perilune::datasets
