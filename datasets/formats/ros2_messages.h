#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace perilune::datasets {

// The ROS 2 messages that Perilune writes and reads, in the units and frames that ROS gives them (REP 103).
// Field names follow ROS. Each is encoded as CDR; Ros2Schema has its definition as MCAP's `ros2msg`.

/// builtin_interfaces/Time.
struct RosTime {
  std::int32_t sec = 0;
  std::uint32_t nanosec = 0;
};

/// std_msgs/Header.
struct RosHeader {
  RosTime stamp;
  std::string frame_id;
};

/// sensor_msgs/msg/Image.
struct RosImage {
  static constexpr char kType[] = "sensor_msgs/msg/Image";
  RosHeader header;
  std::uint32_t height = 0;
  std::uint32_t width = 0;
  std::string encoding;  ///< mono8, mono16, …
  std::uint8_t is_bigendian = 0;
  std::uint32_t step = 0;  ///< bytes a row
  std::vector<std::uint8_t> data;
};

struct RosRegionOfInterest {
  std::uint32_t x_offset = 0;
  std::uint32_t y_offset = 0;
  std::uint32_t height = 0;
  std::uint32_t width = 0;
  bool do_rectify = false;
};

/// sensor_msgs/msg/CameraInfo.
struct RosCameraInfo {
  static constexpr char kType[] = "sensor_msgs/msg/CameraInfo";
  RosHeader header;
  std::uint32_t height = 0;
  std::uint32_t width = 0;
  std::string distortion_model;  ///< plumb_bob (k1 k2 p1 p2 k3) or equidistant (k1 … k4)
  std::vector<double> d;
  std::array<double, 9> k = {};   ///< by rows
  std::array<double, 9> r = {};   ///< rectification
  std::array<double, 12> p = {};  ///< projection of the rectified image
  std::uint32_t binning_x = 0;
  std::uint32_t binning_y = 0;
  RosRegionOfInterest roi;
};

/// sensor_msgs/msg/Imu: quaternion x y z w, rad/s, m/s². Covariances by rows; −1 first: no such measurement;
/// all zero: not known.
struct RosImu {
  static constexpr char kType[] = "sensor_msgs/msg/Imu";
  RosHeader header;
  std::array<double, 4> orientation = {0, 0, 0, 1};
  std::array<double, 9> orientation_covariance = {};
  std::array<double, 3> angular_velocity = {};
  std::array<double, 9> angular_velocity_covariance = {};
  std::array<double, 3> linear_acceleration = {};
  std::array<double, 9> linear_acceleration_covariance = {};
};

/// sensor_msgs/msg/Range, m. `variance` came with ROS 2 Jazzy; 0: not known.
struct RosRange {
  static constexpr char kType[] = "sensor_msgs/msg/Range";
  RosHeader header;
  std::uint8_t radiation_type = 1;  ///< 0 ultrasound, 1 infrared (what ROS has for a laser)
  float field_of_view = 0;          ///< rad
  float min_range = 0;
  float max_range = 0;
  float range = 0;
  float variance = 0;
};

struct RosPose {
  std::array<double, 3> position = {};
  std::array<double, 4> orientation = {0, 0, 0, 1};  ///< x y z w
};

/// geometry_msgs/msg/PoseWithCovarianceStamped: order x, y, z, then rotations about the fixed axes x, y, z.
struct RosPoseWithCovarianceStamped {
  static constexpr char kType[] = "geometry_msgs/msg/PoseWithCovarianceStamped";
  RosHeader header;
  RosPose pose;
  std::array<double, 36> covariance = {};
};

/// nav_msgs/msg/OccupancyGrid: rows from the one at the origin on; 0 … 100, −1 not known.
struct RosOccupancyGrid {
  static constexpr char kType[] = "nav_msgs/msg/OccupancyGrid";
  RosHeader header;
  RosTime map_load_time;
  float resolution = 0;  ///< m a cell
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  RosPose origin;  ///< of the lower left corner of cell (0, 0)
  std::vector<std::int8_t> data;
};

/// Throws std::invalid_argument when seconds since the clock's origin do not fit 32 bits.
RosTime RosTimeFromNanoseconds(std::int64_t t_ns);
std::int64_t NanosecondsFromRosTime(const RosTime& time);

/// Message, here and below: one of the structs above.
template <typename Message>
std::string EncodeRos2(const Message& message);

/// Throws std::invalid_argument: damaged CDR (cdr.h), an image or a grid
/// whose data have another size than it states.
template <typename Message>
Message DecodeRos2(std::string_view cdr);

/// The definition of a message with those that it uses, as MCAP's schema encoding `ros2msg` has it. Throws
/// std::invalid_argument for a type that is none of the above.
std::string Ros2Schema(const std::string& type);

}  // namespace perilune::datasets
