#pragma once

#include <nlohmann/json_fwd.hpp>

#include "dem/io/raster_file.h"

namespace perilune::tools {

/// Whether the band is no map of heights but a layer that `hazards` or `navigate` made: it says what quantity
/// it holds.
bool IsHazardLayer(const dem::RasterDescription& description);

/// What such a layer holds: quantity and how it was estimated, its values (or the share of each code), and
/// the options it was made with. Reads the whole file once, a strip at a time.
nlohmann::ordered_json DescribeHazardLayer(const dem::RasterFile& file,
                                           const dem::RasterDescription& description);

/// The same as lines of text.
void PrintHazardLayer(const nlohmann::ordered_json& layer);

}  // namespace perilune::tools
