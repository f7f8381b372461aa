#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "dem/frames/site.h"
#include "nav/fix/fix.h"

namespace perilune::datasets {

/// What `perilune fix` was asked.
struct FixQuestion {
  std::string image;  ///< file names, no paths
  std::string map;
  std::string time_utc;
  dem::Site site;
  Eigen::Isometry3d site_from_cam_prior = Eigen::Isometry3d::Identity();
};

/// Writes fix.json: DESIGN's keys, plus the correction from the prior, the landmarks, and the order and frame
/// of the covariances (rows δθ about the camera's axes, rad, then east, north, up at the stated site, m).
/// Pose and covariances only when there is a pose. Throws dem::WriteError.
void WriteFixJson(const std::filesystem::path& path, const nav::Fix& fix, const FixQuestion& question);

/// moon_from_cam of a fix.json. Throws dem::DataError naming file and key, also for a fix without a pose.
Eigen::Isometry3d ReadFixPose(const std::filesystem::path& path);

}  // namespace perilune::datasets
