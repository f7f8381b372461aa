#pragma once

#include <cstdint>
#include <filesystem>

#include "datasets/formats/ros2_log_writer.h"

namespace perilune::datasets {

/// Variance of an attitude that is not known, rad²: that of an angle anywhere in (−π, π] is a third of it.
/// ROS has no way to say "not known" in a pose's covariance, and viewers refuse NaN.
inline constexpr double kUnknownAttitudeVariance_rad2 = 9.8696044010893586;

/// Writes a run as a ROS 2 log: fixes as poses of the camera in `site` (/fix/map_relative; /fix/absolute
/// where the map's tie is declared), states as poses of the body (/state: true position; the attitude's
/// variance is kUnknownAttitudeVariance_rad2, states.csv does not hold it), and hazards/p_site.tif, where it
/// and sites.geojson are there, as an occupancy grid (/hazards) at the time of the last fix. Stamps are t_ns,
/// unchanged. Throws dem::DataError for a run that is not finished or cannot be read, dem::WriteError.
/// Returns the number of messages.
std::uint64_t WriteRunLog(const std::filesystem::path& path, const std::filesystem::path& run,
                          const LogProgress& progress);

}  // namespace perilune::datasets
