#include "tests/integration/ros2_json.h"

#include <cmath>

namespace perilune::test {
namespace {

using nlohmann::json;

json NumberJson(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return value;
}

json TimeJson(const datasets::RosTime& time) { return {{"sec", time.sec}, {"nanosec", time.nanosec}}; }

json HeaderJson(const datasets::RosHeader& header) {
  return {{"stamp", TimeJson(header.stamp)}, {"frame_id", header.frame_id}};
}

json XyzJson(const std::array<double, 3>& v) { return {{"x", v[0]}, {"y", v[1]}, {"z", v[2]}}; }

json QuaternionJson(const std::array<double, 4>& q) {
  return {{"x", q[0]}, {"y", q[1]}, {"z", q[2]}, {"w", q[3]}};
}

json RosPoseJson(const datasets::RosPose& pose) {
  return {{"position", XyzJson(pose.position)}, {"orientation", QuaternionJson(pose.orientation)}};
}

}  // namespace

json JsonOf(const datasets::RosImage& m) {
  return {{"header", HeaderJson(m.header)},
          {"height", m.height},
          {"width", m.width},
          {"encoding", m.encoding},
          {"step", m.step},
          {"is_bigendian", m.is_bigendian},
          {"data", json(m.data)}};
}

json JsonOf(const datasets::RosCameraInfo& m) {
  return {{"header", HeaderJson(m.header)},
          {"height", m.height},
          {"width", m.width},
          {"distortion_model", m.distortion_model},
          {"d", json(m.d)},
          {"k", json(m.k)},
          {"r", json(m.r)},
          {"p", json(m.p)},
          {"binning_x", m.binning_x},
          {"binning_y", m.binning_y},
          {"roi",
           {{"x_offset", m.roi.x_offset},
            {"y_offset", m.roi.y_offset},
            {"height", m.roi.height},
            {"width", m.roi.width},
            {"do_rectify", m.roi.do_rectify}}}};
}

json JsonOf(const datasets::RosImu& m) {
  return {{"header", HeaderJson(m.header)},
          {"orientation", QuaternionJson(m.orientation)},
          {"orientation_covariance", json(m.orientation_covariance)},
          {"angular_velocity", XyzJson(m.angular_velocity)},
          {"angular_velocity_covariance", json(m.angular_velocity_covariance)},
          {"linear_acceleration", XyzJson(m.linear_acceleration)},
          {"linear_acceleration_covariance", json(m.linear_acceleration_covariance)}};
}

json JsonOf(const datasets::RosRange& m) {
  return {{"header", HeaderJson(m.header)},
          {"radiation_type", m.radiation_type},
          {"field_of_view", NumberJson(m.field_of_view)},
          {"min_range", NumberJson(m.min_range)},
          {"max_range", NumberJson(m.max_range)},
          {"range", NumberJson(m.range)},
          {"variance", NumberJson(m.variance)}};
}

json JsonOf(const datasets::RosPoseWithCovarianceStamped& m) {
  return {{"header", HeaderJson(m.header)},
          {"pose", {{"pose", RosPoseJson(m.pose)}, {"covariance", json(m.covariance)}}}};
}

json JsonOf(const datasets::RosOccupancyGrid& m) {
  return {{"header", HeaderJson(m.header)},
          {"info",
           {{"map_load_time", TimeJson(m.map_load_time)},
            {"resolution", NumberJson(m.resolution)},
            {"width", m.width},
            {"height", m.height},
            {"origin", RosPoseJson(m.origin)}}},
          {"data", json(m.data)}};
}

}  // namespace perilune::test
