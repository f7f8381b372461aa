#pragma once

#include <Eigen/Geometry>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "vision/camera/camera.h"

namespace perilune::datasets {

/// A camera as calibration tools and missions hand it out.
struct CameraFile {
  std::string kind;  ///< of the file, in words
  vision::Camera camera;
  /// T_BS of EuRoC. Kalibr's body is its inertial unit: the inverse of T_cam_imu.
  std::optional<Eigen::Isometry3d> body_from_cam;
  /// Kalibr's timeshift_cam_imu: time of the inertial unit's clock − time of the camera's, s.
  double imu_minus_camera_s = 0;
  std::vector<std::string> notes;  ///< what the file leaves open or was not read
};

/// Reads a camera; which of these the file is, its keys say:
///
/// - EuRoC `sensor.yaml`: `camera_model` pinhole, `intrinsics` fu fv cu cv, `resolution`, `distortion_model`
///   radial-tangential or equidistant, `distortion_coefficients`, optional `T_BS`.
/// - Kalibr `camchain.yaml`: the mapping `cam0` with `camera_model` pinhole, `intrinsics`, `resolution`,
///   `distortion_model` radtan, equidistant or none, `distortion_coeffs`, optional `T_cam_imu` and
///   `timeshift_cam_imu`.
/// - OpenCV's YAML (cv::FileStorage, or a ROS camera_info file): `image_width`, `image_height`,
///   `camera_matrix`, `distortion_coefficients` (4, 5 or 8 numbers and more, those after the fifth zero) or
///   `D`, optional `distortion_model` (plumb_bob, equidistant, fisheye) and `fisheye_model` (0, 1).
/// - JSON: image support data of a framing camera (isd.h), or the `camera` of a shot (shot.h).
///
/// Pixel centres are integers in all of them but the ISD, which is converted (isd_camera.h). Throws
/// dem::DataError naming file and key: another camera or distortion model (by name), skew, missing keys.
CameraFile ReadCameraFile(const std::filesystem::path& path);

}  // namespace perilune::datasets
