#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "nav/fix/fix.h"

namespace perilune::tools {

/// A fix of a real frame from a start that was drawn.
struct StartOutcome {
  std::string frame;
  int index = 0;
  double start_off_m = 0;  ///< horizontally, from the frame's recovered pose
  nav::Fix fix;
  double seconds = 0;  ///< processor time
  double worst_sigma =
      0;             ///< largest difference to the recovered pose over the six axes, in the fix's sigmas
  double off_m = 0;  ///< distance of the cameras
};

/// Fixes of an Apollo metric frame from `count` starts around the pose that is recovered from its a-priori
/// pose: uniform in a disc of 5 km, ± 1 km in height, turned by up to 2° about a random axis (uniform in the
/// ball); the prior's sigmas are those of these draws. With `moved_m`, the prior lies there beside the frame:
/// other ground.
std::vector<StartOutcome> FixFromRandomStarts(const std::filesystem::path& data, const std::string& frame,
                                              int count, std::uint64_t seed,
                                              const Eigen::Vector3d& moved_m = Eigen::Vector3d::Zero());

}  // namespace perilune::tools
