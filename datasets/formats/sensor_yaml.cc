#include "datasets/formats/sensor_yaml.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "dem/io/data_error.h"

namespace perilune::datasets {

Eigen::Isometry3d PoseOfRows(const YamlMap& yaml, const std::string& key, std::span<const double> rows) {
  const Eigen::Matrix4d matrix = Eigen::Map<const Eigen::Matrix<double, 4, 4, Eigen::RowMajor>>(rows.data());
  const Eigen::Matrix3d rotation = matrix.topLeftCorner<3, 3>();
  const bool orthonormal = (rotation * rotation.transpose() - Eigen::Matrix3d::Identity()).norm() < 1e-3;
  if (!orthonormal || rotation.determinant() < 0 || matrix.row(3) != Eigen::RowVector4d(0, 0, 0, 1)) {
    yaml.Fail(key, "must be a rotation and a translation, row by row");
  }
  Eigen::Isometry3d pose = Eigen::Isometry3d::Identity();
  pose.linear() = Eigen::Quaterniond(rotation).normalized().toRotationMatrix();
  pose.translation() = matrix.topRightCorner<3, 1>();
  return pose;
}

Eigen::Isometry3d ReadBodyFromSensor(const YamlMap& sensor) {
  const YamlMap yaml = sensor.Map("T_BS");
  if (yaml.Integer("rows") != 4) yaml.Fail("rows", "must be 4");
  if (yaml.Integer("cols") != 4) yaml.Fail("cols", "must be 4");
  const std::vector<double> data = yaml.Numbers("data", 16);
  return PoseOfRows(yaml, "data", data);
}

void RequireValid(const std::filesystem::path& path, const vision::Camera& camera) {
  try {
    camera.Validate();
  } catch (const std::invalid_argument& error) {
    throw dem::DataError(path, error.what());
  }
}

void ReadResolution(const YamlMap& yaml, const std::string& key, vision::Camera& camera) {
  const std::vector<double> size = yaml.Numbers(key, 2);
  for (const double side : size) {
    if (!(side >= 1 && side <= 1e5) || side != std::floor(side)) {
      yaml.Fail(key, "must be two whole numbers of pixels");
    }
  }
  camera.width_px = static_cast<int>(size[0]);
  camera.height_px = static_cast<int>(size[1]);
}

void SetIntrinsics(std::span<const double> intrinsics, vision::Camera& camera) {
  camera.fx_px = intrinsics[0];
  camera.fy_px = intrinsics[1];
  camera.cx_px = intrinsics[2];
  camera.cy_px = intrinsics[3];
}

vision::Camera ReadIntrinsics(const std::filesystem::path& path, const YamlMap& yaml) {
  if (yaml.Text("camera_model") != "pinhole") yaml.Fail("camera_model", "must be pinhole");
  const std::string distortion_model = yaml.Text("distortion_model");
  if (distortion_model != kRadialTangential && distortion_model != kEquidistant) {
    yaml.Fail("distortion_model",
              std::string("must be ") + kRadialTangential + " or " + kEquidistant + " (fisheye)");
  }
  const std::vector<double> intrinsics = yaml.Numbers("intrinsics", 4);
  vision::Camera camera;
  if (distortion_model == kEquidistant) camera.model = vision::kKannalaBrandt;
  ReadResolution(yaml, "resolution", camera);
  SetIntrinsics(intrinsics, camera);
  const std::vector<double> distortion = yaml.Numbers("distortion_coefficients", 0);
  if (camera.IsFisheye() && distortion.size() != 4) {
    yaml.Fail("distortion_coefficients", "must be k1, k2, k3, k4");
  }
  if (distortion.size() != 4 && distortion.size() != 5) {
    yaml.Fail("distortion_coefficients", "must be k1, k2, p1, p2 and possibly k3");
  }
  std::copy(distortion.begin(), distortion.end(), camera.distortion.begin());
  RequireValid(path, camera);
  return camera;
}

ImuModel ReadImuModel(const YamlMap& yaml) {
  ImuModel imu;
  imu.rate_hz = yaml.PositiveNumber("rate_hz");
  imu.gyro_noise_radps_rthz = yaml.NonNegativeNumber("gyroscope_noise_density");
  imu.gyro_walk_radps2_rthz = yaml.NonNegativeNumber("gyroscope_random_walk");
  imu.accel_noise_mps2_rthz = yaml.NonNegativeNumber("accelerometer_noise_density");
  imu.accel_walk_mps3_rthz = yaml.NonNegativeNumber("accelerometer_random_walk");
  if (yaml.Has("gyroscope_bias_sigma_radps")) {
    imu.gyro_bias_sigma_radps = yaml.NonNegativeNumber("gyroscope_bias_sigma_radps");
  }
  if (yaml.Has("accelerometer_bias_sigma_mps2")) {
    imu.accel_bias_sigma_mps2 = yaml.NonNegativeNumber("accelerometer_bias_sigma_mps2");
  }
  return imu;
}

}  // namespace perilune::datasets
