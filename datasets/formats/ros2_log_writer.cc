#include "datasets/formats/ros2_log_writer.h"

#include <stdexcept>

namespace perilune::datasets {

void Ros2LogWriter::Write(const std::string& topic, const std::string& type, std::int64_t t_ns,
                          std::string_view cdr) {
  if (t_ns < 0) {
    throw std::invalid_argument("time " + std::to_string(t_ns) + " ns: MCAP has no times below zero");
  }
  auto channel = channels_.find(topic);
  if (channel == channels_.end()) {
    channel =
        channels_.emplace(topic, mcap_.AddChannel(topic, type, "ros2msg", Ros2Schema(type), "cdr")).first;
  }
  mcap_.Write(channel->second, static_cast<std::uint64_t>(t_ns), cdr);
}

}  // namespace perilune::datasets
