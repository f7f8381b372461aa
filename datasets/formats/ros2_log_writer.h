#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "datasets/formats/mcap_writer.h"
#include "datasets/formats/ros2_messages.h"

namespace perilune::datasets {

/// How far a conversion has come; may throw to end it.
using LogProgress = std::function<void(std::size_t done, std::size_t total)>;

// Topics of what Perilune writes.
inline constexpr char kImageTopic[] = "/cam0/image_raw";
inline constexpr char kCameraInfoTopic[] = "/cam0/camera_info";
inline constexpr char kImuTopic[] = "/imu0";
inline constexpr char kRangeTopic[] = "/altimeter0";
inline constexpr char kStarTrackerTopic[] = "/star_tracker0";
inline constexpr char kTruthTopic[] = "/truth/pose";
inline constexpr char kFixMapRelativeTopic[] = "/fix/map_relative";
inline constexpr char kFixAbsoluteTopic[] = "/fix/absolute";
inline constexpr char kStateTopic[] = "/state";
inline constexpr char kHazardTopic[] = "/hazards";

/// Name of the metadata record that holds what a sequence says beside its samples: its YAML files by name.
inline constexpr char kSequenceMetadata[] = "perilune_sequence";

/// An MCAP file of ROS 2 messages (profile `ros2`, schemas `ros2msg`, encoding `cdr`). Log and publish time
/// are the header's stamp.
class Ros2LogWriter {
 public:
  explicit Ros2LogWriter(const std::filesystem::path& path, const McapWriterOptions& options = {})
      : mcap_(path, options) {}

  /// Message: a struct of ros2_messages.h. The channel is made with its first message. Throws
  /// dem::WriteError, std::invalid_argument for a stamp before the clock's origin.
  template <typename Message>
  void Write(const std::string& topic, const Message& message) {
    Write(topic, Message::kType, NanosecondsFromRosTime(message.header.stamp), EncodeRos2(message));
  }
  void AddMetadata(const McapMetadata& metadata) { mcap_.AddMetadata(metadata); }
  void Finish() { mcap_.Finish(); }
  std::uint64_t message_count() const { return mcap_.message_count(); }

 private:
  void Write(const std::string& topic, const std::string& type, std::int64_t t_ns, std::string_view cdr);

  McapWriter mcap_;
  std::map<std::string, std::uint16_t> channels_;
};

}  // namespace perilune::datasets
