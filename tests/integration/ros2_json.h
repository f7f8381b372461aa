#pragma once

#include <nlohmann/json.hpp>

#include "datasets/formats/ros2_messages.h"

namespace perilune::test {

// Messages as tests/mcap_js/round_trip.mjs decodes them: fields by ROS's names; numbers that JSON does not
// have as texts.

nlohmann::json JsonOf(const datasets::RosImage& message);
nlohmann::json JsonOf(const datasets::RosCameraInfo& message);
nlohmann::json JsonOf(const datasets::RosImu& message);
nlohmann::json JsonOf(const datasets::RosRange& message);
nlohmann::json JsonOf(const datasets::RosPoseWithCovarianceStamped& message);
nlohmann::json JsonOf(const datasets::RosOccupancyGrid& message);

}  // namespace perilune::test
