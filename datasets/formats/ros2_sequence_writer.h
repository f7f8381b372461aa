#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "datasets/formats/ros2_log_writer.h"
#include "datasets/formats/sequence_stream.h"
#include "datasets/formats/truth.h"

namespace perilune::datasets {

/// Writes a sequence as a ROS 2 log in time order; memory holds an image and a sample of each sensor, however
/// long it is. Progress counts images. Stamps are the sequence's
/// own t_ns, unchanged: TAI where its clock is TAI, which is 37 s ahead of ROS's usual UTC
/// (docs/log-formats.md). `truth` goes to /truth/pose as `site_from_body` with a covariance of zero; empty:
/// none. Throws dem::DataError for what cannot be read, dem::WriteError, std::invalid_argument for times that
/// ROS cannot hold. Returns the number of messages.
std::uint64_t WriteSequenceLog(const std::filesystem::path& path, SequenceStream sequence,
                               const std::vector<TruthState>& truth, const LogProgress& progress);

}  // namespace perilune::datasets
