#pragma once

#include <Eigen/Geometry>
#include <cstdint>
#include <opencv2/core.hpp>

namespace perilune::nav {

// Sensor samples. t_ns: nanoseconds since 1970-01-01 00:00:00 TAI.

struct Image {
  std::int64_t t_ns = 0;  ///< middle of the exposure
  double exposure_s = 0;
  cv::Mat pixels;  ///< CV_8U or CV_16U, one channel
};

struct Imu {
  std::int64_t t_ns = 0;
  Eigen::Vector3d gyro_radps = Eigen::Vector3d::Zero();  ///< rate of imu against inertial, in imu
  Eigen::Vector3d accel_mps2 = Eigen::Vector3d::Zero();  ///< specific force, in imu
};

struct Range {
  std::int64_t t_ns = 0;
  double range_m = 0;
  double sigma_m = 0;
  bool valid = false;
  int beam_id = 0;
};

/// A star tracker's answer, already rotated from inertial to `moon` at its time tag by the reader.
struct Attitude {
  std::int64_t t_ns = 0;
  Eigen::Quaterniond moon_from_body = Eigen::Quaterniond::Identity();
  double sigma_rad = 0;  ///< each axis
};

}  // namespace perilune::nav
