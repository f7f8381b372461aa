#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "datasets/formats/ros2_messages.h"

namespace perilune::datasets {
namespace {

/// Fields of a type, and the types that they use, those of these included.
struct Ros2Definition {
  const char* fields;
  std::vector<const char*> uses;
};

const std::map<std::string, Ros2Definition>& Ros2Definitions() {
  static const std::map<std::string, Ros2Definition> definitions = {
      {"builtin_interfaces/Time", {"int32 sec\nuint32 nanosec\n", {}}},
      {"std_msgs/Header", {"builtin_interfaces/Time stamp\nstring frame_id\n", {"builtin_interfaces/Time"}}},
      {"geometry_msgs/Point", {"float64 x\nfloat64 y\nfloat64 z\n", {}}},
      {"geometry_msgs/Vector3", {"float64 x\nfloat64 y\nfloat64 z\n", {}}},
      {"geometry_msgs/Quaternion", {"float64 x 0\nfloat64 y 0\nfloat64 z 0\nfloat64 w 1\n", {}}},
      {"geometry_msgs/Pose", {"geometry_msgs/Point position\ngeometry_msgs/Quaternion orientation\n", {}}},
      {"geometry_msgs/PoseWithCovariance", {"geometry_msgs/Pose pose\nfloat64[36] covariance\n", {}}},
      {"sensor_msgs/RegionOfInterest",
       {"uint32 x_offset\nuint32 y_offset\nuint32 height\nuint32 width\nbool do_rectify\n", {}}},
      {"nav_msgs/MapMetaData",
       {"builtin_interfaces/Time map_load_time\nfloat32 resolution\nuint32 width\nuint32 height\n"
        "geometry_msgs/Pose origin\n",
        {}}},
      {RosImage::kType,
       {"std_msgs/Header header\nuint32 height\nuint32 width\nstring encoding\nuint8 is_bigendian\n"
        "uint32 step\nuint8[] data\n",
        {"std_msgs/Header", "builtin_interfaces/Time"}}},
      {RosCameraInfo::kType,
       {"std_msgs/Header header\nuint32 height\nuint32 width\nstring distortion_model\nfloat64[] d\n"
        "float64[9] k\nfloat64[9] r\nfloat64[12] p\nuint32 binning_x\nuint32 binning_y\n"
        "sensor_msgs/RegionOfInterest roi\n",
        {"std_msgs/Header", "builtin_interfaces/Time", "sensor_msgs/RegionOfInterest"}}},
      {RosImu::kType,
       {"std_msgs/Header header\ngeometry_msgs/Quaternion orientation\nfloat64[9] orientation_covariance\n"
        "geometry_msgs/Vector3 angular_velocity\nfloat64[9] angular_velocity_covariance\n"
        "geometry_msgs/Vector3 linear_acceleration\nfloat64[9] linear_acceleration_covariance\n",
        {"std_msgs/Header", "builtin_interfaces/Time", "geometry_msgs/Quaternion", "geometry_msgs/Vector3"}}},
      {RosRange::kType,
       {"uint8 ULTRASOUND=0\nuint8 INFRARED=1\nstd_msgs/Header header\nuint8 radiation_type\n"
        "float32 field_of_view\nfloat32 min_range\nfloat32 max_range\nfloat32 range\nfloat32 variance\n",
        {"std_msgs/Header", "builtin_interfaces/Time"}}},
      {RosPoseWithCovarianceStamped::kType,
       {"std_msgs/Header header\ngeometry_msgs/PoseWithCovariance pose\n",
        {"std_msgs/Header", "builtin_interfaces/Time", "geometry_msgs/PoseWithCovariance",
         "geometry_msgs/Pose", "geometry_msgs/Point", "geometry_msgs/Quaternion"}}},
      {RosOccupancyGrid::kType,
       {"std_msgs/Header header\nnav_msgs/MapMetaData info\nint8[] data\n",
        {"std_msgs/Header", "builtin_interfaces/Time", "nav_msgs/MapMetaData", "geometry_msgs/Pose",
         "geometry_msgs/Point", "geometry_msgs/Quaternion"}}},
  };
  return definitions;
}

}  // namespace

std::string Ros2Schema(const std::string& type) {
  const auto found = Ros2Definitions().find(type);
  if (found == Ros2Definitions().end()) throw std::invalid_argument("no schema of " + type + " is known");
  std::string text = found->second.fields;
  for (const char* const used : found->second.uses) {
    text += std::string(80, '=') + "\nMSG: " + used + "\n" + Ros2Definitions().at(used).fields;
  }
  return text;
}

}  // namespace perilune::datasets
