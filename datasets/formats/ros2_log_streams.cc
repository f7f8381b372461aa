#include "datasets/formats/ros2_log_streams.h"

#include <memory>

namespace perilune::datasets {

LogStream StreamByIndex(std::size_t count, std::function<std::int64_t(std::size_t index)> time_ns,
                        std::function<void(std::size_t index)> write) {
  const auto next = std::make_shared<std::size_t>(0);
  return {[next, count, time_ns = std::move(time_ns)] {
            return *next < count ? std::optional(time_ns(*next)) : std::nullopt;
          },
          [next, write = std::move(write)] { write((*next)++); }};
}

void WriteInTimeOrder(const std::vector<LogStream>& streams, const std::function<void()>& written) {
  while (true) {
    const LogStream* first = nullptr;
    std::int64_t first_ns = 0;
    for (const LogStream& stream : streams) {
      const std::optional<std::int64_t> t_ns = stream.next_ns();
      if (!t_ns || (first != nullptr && first_ns <= *t_ns)) continue;
      first = &stream;
      first_ns = *t_ns;
    }
    if (first == nullptr) return;
    first->write_next();
    written();
  }
}

}  // namespace perilune::datasets
