#include "datasets/formats/ros2_messages.h"

#include <concepts>
#include <limits>
#include <stdexcept>
#include <type_traits>

#include "datasets/formats/cdr.h"

namespace perilune::datasets {
namespace {

/// A message of one type, to be written (const) or read.
template <typename Message, typename Type>
concept Is = std::same_as<std::remove_const_t<Message>, Type>;

// One list of fields a message, for both directions.

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

template <typename Cdr, Is<RosImage> Message>
void MessageFields(Cdr& cdr, Message& message) {
  HeaderFields(cdr, message.header);
  cdr(message.height);
  cdr(message.width);
  cdr(message.encoding);
  cdr(message.is_bigendian);
  cdr(message.step);
  cdr(message.data);
}

template <typename Cdr, Is<RosCameraInfo> Message>
void MessageFields(Cdr& cdr, Message& message) {
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

template <typename Cdr, Is<RosImu> Message>
void MessageFields(Cdr& cdr, Message& message) {
  HeaderFields(cdr, message.header);
  cdr(message.orientation);
  cdr(message.orientation_covariance);
  cdr(message.angular_velocity);
  cdr(message.angular_velocity_covariance);
  cdr(message.linear_acceleration);
  cdr(message.linear_acceleration_covariance);
}

template <typename Cdr, Is<RosRange> Message>
void MessageFields(Cdr& cdr, Message& message) {
  HeaderFields(cdr, message.header);
  cdr(message.radiation_type);
  cdr(message.field_of_view);
  cdr(message.min_range);
  cdr(message.max_range);
  cdr(message.range);
  cdr.Optional(message.variance);
}

template <typename Cdr, Is<RosPoseWithCovarianceStamped> Message>
void MessageFields(Cdr& cdr, Message& message) {
  HeaderFields(cdr, message.header);
  PoseFields(cdr, message.pose);
  cdr(message.covariance);
}

template <typename Cdr, Is<RosOccupancyGrid> Message>
void MessageFields(Cdr& cdr, Message& message) {
  HeaderFields(cdr, message.header);
  TimeFields(cdr, message.map_load_time);
  cdr(message.resolution);
  cdr(message.width);
  cdr(message.height);
  PoseFields(cdr, message.origin);
  cdr(message.data);
}

void CheckSize(const RosImage& image) {
  if (image.data.size() == std::uint64_t{image.height} * image.step) return;
  throw std::invalid_argument("image of " + std::to_string(image.height) + " rows of " +
                              std::to_string(image.step) + " bytes with " +
                              std::to_string(image.data.size()) + " bytes");
}

void CheckSize(const RosOccupancyGrid& grid) {
  if (grid.data.size() == std::uint64_t{grid.height} * grid.width) return;
  throw std::invalid_argument("grid of " + std::to_string(grid.width) + " x " + std::to_string(grid.height) +
                              " cells with " + std::to_string(grid.data.size()) + " values");
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

template <typename Message>
std::string EncodeRos2(const Message& message) {
  CdrWriter cdr;
  MessageFields(cdr, message);
  return cdr.bytes();
}

template <typename Message>
Message DecodeRos2(std::string_view bytes) {
  CdrReader cdr(bytes);
  Message message;
  MessageFields(cdr, message);
  if constexpr (requires { message.data; }) CheckSize(message);
  return message;
}

template std::string EncodeRos2(const RosImage&);
template std::string EncodeRos2(const RosCameraInfo&);
template std::string EncodeRos2(const RosImu&);
template std::string EncodeRos2(const RosRange&);
template std::string EncodeRos2(const RosPoseWithCovarianceStamped&);
template std::string EncodeRos2(const RosOccupancyGrid&);
template RosImage DecodeRos2(std::string_view);
template RosCameraInfo DecodeRos2(std::string_view);
template RosImu DecodeRos2(std::string_view);
template RosRange DecodeRos2(std::string_view);
template RosPoseWithCovarianceStamped DecodeRos2(std::string_view);
template RosOccupancyGrid DecodeRos2(std::string_view);

}  // namespace perilune::datasets
