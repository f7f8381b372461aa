#include "datasets/formats/ros2_sequence_writer.h"

#include <array>
#include <fstream>
#include <iterator>
#include <limits>

#include "datasets/formats/ros2_images.h"
#include "datasets/formats/ros2_log_streams.h"
#include "datasets/formats/ros2_poses.h"
#include "datasets/formats/ros2_sequence_files.h"
#include "dem/ephemeris/moon_orientation.h"
#include "dem/io/data_error.h"

namespace perilune::datasets {
namespace {

RosHeader SensorHeader(std::int64_t t_ns, const char* frame) { return {RosTimeFromNanoseconds(t_ns), frame}; }

std::array<double, 3> Components(const Eigen::Vector3d& v) { return {v.x(), v.y(), v.z()}; }

RosImu RosImuFrom(const nav::Imu& sample) {
  RosImu imu;
  imu.header = SensorHeader(sample.t_ns, "imu0");
  imu.orientation_covariance[0] = -1;  // there is no orientation
  imu.angular_velocity = Components(sample.gyro_radps);
  imu.linear_acceleration = Components(sample.accel_mps2);
  return imu;
}

/// An invalid range is NaN, as REP 117 has it for a measurement that failed for reasons not known.
RosRange RosRangeFrom(const nav::Range& sample) {
  RosRange range;
  range.header = SensorHeader(sample.t_ns, "altimeter0");
  range.max_range = std::numeric_limits<float>::infinity();
  range.range = sample.valid ? static_cast<float>(sample.range_m) : std::numeric_limits<float>::quiet_NaN();
  range.variance = static_cast<float>(sample.sigma_m * sample.sigma_m);
  return range;
}

/// A star tracker as an IMU that has an orientation alone: inertial_from_sensor.
RosImu RosStarTrackerFrom(const SequenceInfo& info, const nav::Attitude& sample) {
  const Eigen::Quaterniond inertial_from_moon(
      Eigen::Matrix3d(dem::MoonFromInertial(TaiOf(info, sample.t_ns))).transpose());
  const Eigen::Quaterniond inertial_from_sensor =
      (inertial_from_moon * sample.moon_from_body * Eigen::Quaterniond(info.body_from_star_tracker.linear()))
          .normalized();
  RosImu imu;
  imu.header = SensorHeader(sample.t_ns, "star_tracker0");
  imu.orientation = {inertial_from_sensor.x(), inertial_from_sensor.y(), inertial_from_sensor.z(),
                     inertial_from_sensor.w()};
  const double variance = sample.sigma_rad * sample.sigma_rad;
  imu.orientation_covariance = {variance, 0, 0, 0, variance, 0, 0, 0, variance};
  imu.angular_velocity_covariance[0] = imu.linear_acceleration_covariance[0] = -1;
  return imu;
}

RosPoseWithCovarianceStamped RosTruthFrom(const TruthState& state) {
  RosPoseWithCovarianceStamped pose;
  pose.header = SensorHeader(state.t_ns, "site");
  pose.pose = RosPoseFrom(state.site_from_body);
  return pose;
}

std::string FileText(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw dem::DataError(path, "cannot be opened");
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

McapMetadata SequenceFiles(const std::filesystem::path& root) {
  McapMetadata metadata{kSequenceMetadata, {}};
  for (const char* const file : kSequenceYamlFiles) {
    if (std::filesystem::exists(root / file)) metadata.texts[file] = FileText(root / file);
  }
  return metadata;
}

}  // namespace

std::uint64_t WriteSequenceLog(const std::filesystem::path& path, SequenceStream sequence,
                               const std::vector<TruthState>& truth, const LogProgress& progress) {
  Ros2LogWriter log(path);
  log.AddMetadata(SequenceFiles(sequence.info.root));
  std::size_t images_done = 0;
  const auto write_image = [&](std::size_t i) {
    const ImageName& name = sequence.images[i];
    const nav::Image image = ReadImage(sequence.info, EntryOf(sequence, name));
    log.Write(kCameraInfoTopic, RosCameraInfoFrom(sequence.info.camera, image.t_ns, "cam0"));
    log.Write(kImageTopic, RosImageFrom(image, "cam0"));
    ++images_done;
  };
  WriteInTimeOrder(
      {StreamOf(sequence.imu, [&](const nav::Imu& imu) { log.Write(kImuTopic, RosImuFrom(imu)); }),
       StreamOf(sequence.ranges,
                [&](const nav::Range& range) { log.Write(kRangeTopic, RosRangeFrom(range)); }),
       StreamOf(sequence.attitudes,
                [&](const nav::Attitude& attitude) {
                  log.Write(kStarTrackerTopic, RosStarTrackerFrom(sequence.info, attitude));
                }),
       StreamByIndex(
           truth.size(), [&](std::size_t i) { return truth[i].t_ns; },
           [&](std::size_t i) { log.Write(kTruthTopic, RosTruthFrom(truth[i])); }),
       StreamByIndex(
           sequence.images.size(), [&](std::size_t i) { return sequence.images[i].t_ns; }, write_image)},
      [&] { progress(images_done, sequence.images.size()); });
  log.Finish();
  return log.message_count();
}

}  // namespace perilune::datasets
