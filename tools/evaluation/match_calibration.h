#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "datasets/formats/matched_images.h"

namespace perilune::tools {

/// rᵀ C⁻¹ r of matches, r their residual against the truth and C what they declare of it: χ² of two degrees
/// of freedom (mean 2, p50 1.39, p90 4.61, p99 9.21) where the covariances are right. r holds also what
/// matches have in common.
struct MatchCalibration {
  std::size_t matches = 0;
  double mean = 0, p50 = 0, p90 = 0, p99 = 0;
};

/// By the map's file name. Throws std::invalid_argument where a covariance is not positive definite.
std::map<std::string, MatchCalibration> CalibrationByMap(const std::vector<datasets::MatchResiduals>& images);

/// A line a map.
std::string CalibrationTable(const std::map<std::string, MatchCalibration>& by_map);

}  // namespace perilune::tools
