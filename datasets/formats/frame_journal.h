#pragma once

#include <Eigen/Geometry>
#include <cstdint>
#include <filesystem>

#include "nav/fix/fix.h"

namespace perilune::datasets {

/// What a run keeps of an image: enough for nav::Navigator::Replay, and its landmarks.
struct FrameEntry {
  /// Of its matches all but point_covariance_m2 is kept.
  nav::Fix fix;
  Eigen::Isometry3d site_from_cam_prior = Eigen::Isometry3d::Identity();
  /// Hash of what the image was navigated with: options, its file, samples, and all images before.
  std::uint64_t input_hash = 0;
};

/// frames/<t_ns>.json: `{"length":…,"crc32":"…","input":"…","frame":{…}}`, where `frame` has `length` bytes
/// and that CRC-32 (ISO 3309). Numbers come back to the last bit. Throws dem::WriteError.
void WriteFrame(const std::filesystem::path& path, const FrameEntry& entry);

/// Throws dem::DataError: missing, cut, damaged, no such entry.
FrameEntry ReadFrame(const std::filesystem::path& path);

}  // namespace perilune::datasets
