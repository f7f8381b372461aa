#pragma once

#include <filesystem>
#include <vector>

#include "tools/covariance_fit/declared_pose.h"

namespace perilune::tools {

/// The accepted fixes of a finished run, each solved again from its inliers with a star tracker's attitude of
/// 0.01 degrees about the truth (drawn): what the estimator knew of the attitude is not in its files. Groups
/// are scenario and map. Throws dem::DataError: an unfinished run, missing truth or frames.
std::vector<DeclaredPose> DescentPoses(const std::filesystem::path& run,
                                       const std::filesystem::path& sequence);

}  // namespace perilune::tools
