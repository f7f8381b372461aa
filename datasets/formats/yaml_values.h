#pragma once

#include <Eigen/Core>
#include <string>

#include "datasets/formats/sequence.h"
#include "datasets/formats/yaml_map.h"

namespace perilune::datasets {

// Values that scenarios and sequences share. All throw dem::DataError with file, line and key.

Eigen::Vector3d ReadVector(const YamlMap& yaml, const std::string& key);

/// A UTC text that dem::ParseUtc takes.
std::string ReadUtc(const YamlMap& yaml, const std::string& key);

/// `{latitude_deg, longitude_deg}`
dem::Site ReadSite(const YamlMap& yaml);

/// `{footprint_m, slope_limit_deg, roughness_limit_m}`
LanderLimits ReadLander(const YamlMap& yaml);

}  // namespace perilune::datasets
