#pragma once

#include <cstdint>
#include <filesystem>

#include "datasets/formats/ros2_messages.h"
#include "dem/frames/site.h"

namespace perilune::datasets {

/// A raster of p_site as an occupancy grid in `site`: cells along east (columns) and north (rows, the first
/// in the south), each with the value of the raster's nearest cell as the percentage 100 (1 − p_site),
/// rounded; −1 where the raster has none. The spacing is the raster's on the ground in its middle (the
/// geometric mean of both axes), the extent that of its outline; the grid is flat, at height 0 of `site`.
/// Throws dem::DataError: no such file, no probabilities, more than 10⁸ cells.
RosOccupancyGrid HazardGrid(const std::filesystem::path& p_site, const dem::Site& site, std::int64_t t_ns);

}  // namespace perilune::datasets
