#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "datasets/formats/mcap_reader.h"

namespace perilune::datasets {

/// Channels of CDR messages of a type ("sensor_msgs/msg/Image"), by topic.
std::vector<const McapChannel*> ChannelsOfType(const McapReader& log, const std::string& type);

/// The channel of a type to take: `named` when it is not empty, else `preferred`, else the only one; nothing
/// when there is none. Throws dem::DataError when `named` is not there or several are; `option` is what names
/// one.
std::optional<std::uint16_t> ChooseChannel(const McapReader& log, const std::string& type,
                                           const std::string& named, const std::string& preferred,
                                           const std::string& option);

}  // namespace perilune::datasets
