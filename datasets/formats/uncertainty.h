#pragma once

#include <filesystem>
#include <optional>

namespace perilune::datasets {

/// What `<map>.uncertainty.yaml` declares of a DEM. Nothing declared, nothing assumed.
struct MapUncertainty {
  std::optional<double> height_sigma_m;
  std::optional<double> height_correlation_m;
  std::optional<double> tie_sigma_horizontal_m;
  std::optional<double> tie_sigma_vertical_m;
  std::optional<double> effective_resolution_m;
};

/// Reads the sidecar when there is one; throws dem::DataError for unknown keys (with the line), negative
/// values, frame: PA.
MapUncertainty ReadMapUncertainty(const std::filesystem::path& map);
void WriteMapUncertainty(const std::filesystem::path& map, const MapUncertainty& uncertainty);

}  // namespace perilune::datasets
