#pragma once

#include <Eigen/Geometry>
#include <filesystem>
#include <span>

#include "datasets/formats/sequence.h"
#include "datasets/formats/yaml_map.h"
#include "vision/camera/camera.h"

namespace perilune::datasets {

// What a sensor.yaml of the EuRoC layout says. All throw dem::DataError with file, line and key.

// EuRoC's names of distortion models.
inline constexpr char kRadialTangential[] = "radial-tangential";
inline constexpr char kEquidistant[] = "equidistant";

/// `T_BS: {rows: 4, cols: 4, data: [...]}`, the pose of the sensor in the body, with the rounding of its
/// rotation taken out.
Eigen::Isometry3d ReadBodyFromSensor(const YamlMap& sensor);

/// 16 numbers, row by row, as a pose. `key` of `yaml` is blamed when they are none (rotation to 1e-3).
Eigen::Isometry3d PoseOfRows(const YamlMap& yaml, const std::string& key, std::span<const double> rows);

/// `resolution`, `intrinsics` (fu, fv, cu, cv), `camera_model` pinhole and the distortion; `path` is blamed
/// for a camera that cannot be.
vision::Camera ReadIntrinsics(const std::filesystem::path& path, const YamlMap& yaml);

/// A list of two whole numbers of pixels, into the camera.
void ReadResolution(const YamlMap& yaml, const std::string& key, vision::Camera& camera);

/// fu, fv, cu, cv, px.
void SetIntrinsics(std::span<const double> intrinsics, vision::Camera& camera);

/// Throws dem::DataError for a camera that Validate refuses.
void RequireValid(const std::filesystem::path& path, const vision::Camera& camera);

/// Noise densities and rate; the biases' sigmas are ours and may be absent.
ImuModel ReadImuModel(const YamlMap& yaml);

}  // namespace perilune::datasets
