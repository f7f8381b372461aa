#pragma once

#include <filesystem>
#include <vector>

#include "tools/evaluation/position_error.h"

namespace perilune::tools {

/// The errors of a run, image by image: what metrics.json summarises, for pooling over runs and for plots.
struct RunErrors {
  std::vector<PositionError> fixes;
  std::vector<PositionError> states;
};

/// errors.csv: `#source,t_ns,outcome,map,map_pixel_m,ground_sample_m`, then for `rel` and `abs` each
/// `e_m,n_m,u_m,se_m,sn_m,su_m,nees` (empty where absent), and `false` (0 or 1). Written atomically.
void WriteErrors(const std::filesystem::path& path, const RunErrors& errors);

/// Throws dem::DataError naming the line.
RunErrors ReadErrors(const std::filesystem::path& path);

}  // namespace perilune::tools
