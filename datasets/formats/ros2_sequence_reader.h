#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "datasets/formats/mcap_reader.h"
#include "datasets/formats/ros2_log_writer.h"

namespace perilune::datasets {

/// Which topics to take. Empty: Perilune's own, or the only one of its type.
struct SequenceLogOptions {
  std::string image_topic;
  std::string camera_info_topic;  ///< empty: also the one beside the images (…/camera_info)
  std::string imu_topic;
  std::string range_topic;
  double range_sigma_m = 0;  ///< for ranges that come without a variance; 0: such ranges are refused

  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

struct SequenceLogReport {
  std::size_t images = 0;
  std::size_t imu = 0;
  std::size_t ranges = 0;
  std::size_t attitudes = 0;
  std::vector<std::string> notes;  ///< what is missing or was assumed, a line each
};

/// Writes the folder of a sequence (images, and data.csv of each sensor) from a ROS 2 log; an image in memory
/// at a time. From a log that WriteSequenceLog wrote, sequence.yaml and the sensor.yaml files come back as
/// they were; from another one there is cam0/sensor.yaml by its CameraInfo with body = camera, and no
/// sequence.yaml: nothing in such a log says where it was taken. Times are header stamps, unchanged (the log
/// time where a stamp is zero). Throws dem::DataError: no image, several topics to choose from, damaged
/// messages, two samples of one time; dem::WriteError.
SequenceLogReport ReadSequenceLog(const McapReader& log, const std::filesystem::path& root,
                                  const SequenceLogOptions& options, const LogProgress& progress);

}  // namespace perilune::datasets
