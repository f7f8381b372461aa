#pragma once

#include <map>
#include <optional>
#include <string>

#include "dem/io/raster_file.h"

namespace perilune::tools {

/// What a layer that `hazards` or `navigate` made holds.
struct HazardLayer {
  struct Values {
    double lowest = 0, highest = 0, mean = 0;
  };

  std::string quantity;
  std::string unit;
  dem::RasterMetadata about;            ///< how it was estimated, what its codes mean
  dem::RasterMetadata made_with;        ///< options and hashes of the whole map
  double valid_share = 0;               ///< of the pixels
  std::optional<Values> values;         ///< absent without a valid pixel, and of codes
  std::map<int, double> share_by_code;  ///< of the pixels; no data is code 0
};

/// Whether the band is no map of heights but such a layer: it says what quantity it holds.
bool IsHazardLayer(const dem::RasterDescription& description);

/// Reads the whole file once, a strip at a time.
HazardLayer ReadHazardLayer(const dem::RasterFile& file, const dem::RasterDescription& description);

}  // namespace perilune::tools
