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
/// `e_m,n_m,u_m,se_m,sn_m,su_m,nees` (empty where absent), `false` (0 or 1), and of states the map-relative
/// protection levels at 0.1 and 0.01, `hpl_1e1_m,vpl_1e1_m,hpl_1e2_m,vpl_1e2_m`. Written atomically.
void WriteErrors(const std::filesystem::path& path, const RunErrors& errors);

/// Throws dem::DataError naming the line.
RunErrors ReadErrors(const std::filesystem::path& path);

}  // namespace perilune::tools
