#include "datasets/formats/ros2_messages.h"

#include <limits>
#include <stdexcept>

#include "datasets/formats/cdr.h"

namespace perilune::datasets {
namespace {

// One list of fields a message, for writing (const messages) and reading.

template <typename Cdr, typename Time>
void TimeFields(Cdr& cdr, Time& time) {
  cdr(time.sec);
  cdr(time.nanosec);
}

template <typename Cdr, typename Header>
void HeaderFields(Cdr& cdr, Header& header) {
  TimeFields(cdr, header.stamp);
  cdr(header.frame_id);
}

template <typename Cdr, typename Pose>
void PoseFields(Cdr& cdr, Pose& pose) {
  cdr(pose.position);
  cdr(pose.orientation);
}

template <typename Cdr, typename Message>
void ImageFields(Cdr& cdr, Message& message) {
  HeaderFields(cdr, message.header);
  cdr(message.height);
  cdr(message.width);
  cdr(message.encoding);
  cdr(message.is_bigendian);
  cdr(message.step);
  cdr(message.data);
}

template <typename Cdr, typename Message>
void CameraInfoFields(Cdr& cdr, Message& message) {
  HeaderFields(cdr, message.header);
  cdr(message.height);
  cdr(message.width);
  cdr(message.distortion_model);
  cdr(message.d);
  cdr(message.k);
  cdr(message.r);
  cdr(message.p);
  cdr(message.binning_x);
  cdr(message.binning_y);
  cdr(message.roi.x_offset);
  cdr(message.roi.y_offset);
  cdr(message.roi.height);
  cdr(message.roi.width);
  cdr(message.roi.do_rectify);
}

template <typename Cdr, typename Message>
void ImuFields(Cdr& cdr, Message& message) {
  HeaderFields(cdr, message.header);
  cdr(message.orientation);
  cdr(message.orientation_covariance);
  cdr(message.angular_velocity);
  cdr(message.angular_velocity_covariance);
  cdr(message.linear_acceleration);
  cdr(message.linear_acceleration_covariance);
}

template <typename Cdr, typename Message>
void RangeFields(Cdr& cdr, Message& message) {
  HeaderFields(cdr, message.header);
  cdr(message.radiation_type);
  cdr(message.field_of_view);
  cdr(message.min_range);
  cdr(message.max_range);
  cdr(message.range);
  cdr.Optional(message.variance);
}

template <typename Cdr, typename Message>
void PoseWithCovarianceFields(Cdr& cdr, Message& message) {
  HeaderFields(cdr, message.header);
  PoseFields(cdr, message.pose);
  cdr(message.covariance);
}

template <typename Cdr, typename Message>
void OccupancyGridFields(Cdr& cdr, Message& message) {
  HeaderFields(cdr, message.header);
  TimeFields(cdr, message.map_load_time);
  cdr(message.resolution);
  cdr(message.width);
  cdr(message.height);
  PoseFields(cdr, message.origin);
  cdr(message.data);
}

}  // namespace

RosTime RosTimeFromNanoseconds(std::int64_t t_ns) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  std::int64_t seconds = t_ns / kSecond, rest = t_ns % kSecond;
  if (rest < 0) {
    --seconds;
    rest += kSecond;
  }
  if (seconds < std::numeric_limits<std::int32_t>::min() ||
      seconds > std::numeric_limits<std::int32_t>::max()) {
    throw std::invalid_argument("time " + std::to_string(t_ns) + " ns: ROS counts seconds with 32 bits");
  }
  return {static_cast<std::int32_t>(seconds), static_cast<std::uint32_t>(rest)};
}

std::int64_t NanosecondsFromRosTime(const RosTime& time) {
  return std::int64_t{time.sec} * 1'000'000'000 + time.nanosec;
}

std::string EncodeRos2(const RosImage& message) {
  CdrWriter cdr;
  ImageFields(cdr, message);
  return cdr.bytes();
}

std::string EncodeRos2(const RosCameraInfo& message) {
  CdrWriter cdr;
  CameraInfoFields(cdr, message);
  return cdr.bytes();
}

std::string EncodeRos2(const RosImu& message) {
  CdrWriter cdr;
  ImuFields(cdr, message);
  return cdr.bytes();
}

std::string EncodeRos2(const RosRange& message) {
  CdrWriter cdr;
  RangeFields(cdr, message);
  return cdr.bytes();
}

std::string EncodeRos2(const RosPoseWithCovarianceStamped& message) {
  CdrWriter cdr;
  PoseWithCovarianceFields(cdr, message);
  return cdr.bytes();
}

std::string EncodeRos2(const RosOccupancyGrid& message) {
  CdrWriter cdr;
  OccupancyGridFields(cdr, message);
  return cdr.bytes();
}

template <>
RosImage DecodeRos2(std::string_view bytes) {
  CdrReader cdr(bytes);
  RosImage message;
  ImageFields(cdr, message);
  if (message.data.size() != std::uint64_t{message.height} * message.step) {
    throw std::invalid_argument("image of " + std::to_string(message.height) + " rows of " +
                                std::to_string(message.step) + " bytes with " +
                                std::to_string(message.data.size()) + " bytes");
  }
  return message;
}

template <>
RosCameraInfo DecodeRos2(std::string_view bytes) {
  CdrReader cdr(bytes);
  RosCameraInfo message;
  CameraInfoFields(cdr, message);
  return message;
}

template <>
RosImu DecodeRos2(std::string_view bytes) {
  CdrReader cdr(bytes);
  RosImu message;
  ImuFields(cdr, message);
  return message;
}

template <>
RosRange DecodeRos2(std::string_view bytes) {
  CdrReader cdr(bytes);
  RosRange message;
  RangeFields(cdr, message);
  return message;
}

template <>
RosPoseWithCovarianceStamped DecodeRos2(std::string_view bytes) {
  CdrReader cdr(bytes);
  RosPoseWithCovarianceStamped message;
  PoseWithCovarianceFields(cdr, message);
  return message;
}

template <>
RosOccupancyGrid DecodeRos2(std::string_view bytes) {
  CdrReader cdr(bytes);
  RosOccupancyGrid message;
  OccupancyGridFields(cdr, message);
  if (message.data.size() != std::uint64_t{message.height} * message.width) {
    throw std::invalid_argument("grid of " + std::to_string(message.width) + " x " +
                                std::to_string(message.height) + " cells with " +
                                std::to_string(message.data.size()) + " values");
  }
  return message;
}

}  // namespace perilune::datasets
