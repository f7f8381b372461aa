#pragma once

#include <filesystem>

#include "dem/hazard/lander.h"

namespace perilune::datasets {

/// A lander's YAML file, keys `name`, `legs`, `leg_circle_diameter_m`, `pad_diameter_m`, `body_clearance_m`,
/// `max_tilt_deg`, `max_roughness_m`; all are needed. Throws dem::DataError naming file, line, key and what
/// to do.
dem::Lander ReadLanderFile(const std::filesystem::path& path);

}  // namespace perilune::datasets
