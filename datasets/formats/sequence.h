#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "dem/ephemeris/sun.h"
#include "dem/frames/site.h"
#include "nav/sensors/records.h"
#include "vision/camera/camera.h"

namespace perilune::datasets {

/// Initial knowledge; errors as nav::State states them.
struct Prior {
  std::int64_t t_ns = 0;
  Eigen::Isometry3d site_from_body = Eigen::Isometry3d::Identity();
  Eigen::Vector3d velocity_in_site_mps = Eigen::Vector3d::Zero();
  Eigen::Vector3d position_sigma_m = Eigen::Vector3d::Zero();
  double velocity_sigma_mps = 0;
  double attitude_sigma_rad = 0;
};

struct LanderLimits {
  double footprint_m = 10;  ///< diameter over the pads
  double slope_limit_rad = 0.1745;
  double roughness_limit_m = 0.5;
};

struct ImuModel {
  double rate_hz = 100;              ///< 0: there is no inertial unit
  double gyro_noise_radps_rthz = 0;  ///< rad/s/√Hz
  double gyro_walk_radps2_rthz = 0;  ///< rad/s²/√Hz
  double accel_noise_mps2_rthz = 0;  ///< m/s²/√Hz
  double accel_walk_mps3_rthz = 0;   ///< m/s³/√Hz
  double gyro_bias_sigma_radps = 0;
  double accel_bias_sigma_mps2 = 0;
};

/// What sequence.yaml and the sensor.yaml files say. Paths are relative to `root`.
struct SequenceInfo {
  std::filesystem::path root;
  std::string name;
  std::string epoch_utc;
  std::int64_t epoch_t_ns = 0;
  dem::Site site;
  std::vector<std::filesystem::path> maps;  ///< finest first
  std::filesystem::path craters;            ///< crater file that belongs to them; empty: none
  LanderLimits lander;
  std::optional<Prior> prior;

  vision::Camera camera;
  Eigen::Isometry3d body_from_cam = Eigen::Isometry3d::Identity();
  double camera_rate_hz = 1;
  double exposure_s = 0;
  int image_bits = 8;  ///< 8, 12 or 16: full scale is 2^bits − 1 (more than 8 bits are stored in 16)
  ImuModel imu;
  Eigen::Isometry3d body_from_imu = Eigen::Isometry3d::Identity();
  Eigen::Isometry3d body_from_beam = Eigen::Isometry3d::Identity();
  double range_rate_hz = 0;  ///< 0: there is no altimeter
  double range_bias_sigma_m = 0;
  double star_tracker_rate_hz = 0;  ///< 0: there is no star tracker
  Eigen::Isometry3d body_from_star_tracker = Eigen::Isometry3d::Identity();
  std::optional<dem::LatLon> sub_solar;  ///< given instead of the ephemeris' Sun
};

struct ImageEntry {
  std::int64_t t_ns = 0;
  std::filesystem::path path;  ///< empty: there is no picture, matches0/data.csv has what was found in it
};

/// A sequence on disk, opened for reading; never touches truth/ or state_groundtruth_estimate0/.
struct Sequence {
  SequenceInfo info;
  std::vector<ImageEntry> images;  ///< time order
  std::vector<nav::Imu> imu;
  std::vector<nav::Range> ranges;
  std::vector<nav::Attitude> attitudes;  ///< rotated to moon_from_body
};

/// What star_tracker0/data.csv holds: the sensor's own answer.
struct StarTrackerSample {
  std::int64_t t_ns = 0;
  Eigen::Quaterniond inertial_from_sensor = Eigen::Quaterniond::Identity();
  double sigma_rad = 0;  ///< each axis
};

/// Throws dem::DataError naming file and line: missing file, unknown or missing key, non-monotonic time, NaN,
/// bad number.
Sequence OpenSequence(const std::filesystem::path& root);

/// Reads one image (grey 8/16 bit); throws dem::DataError on a missing, truncated or wrong-size file, and for
/// an image without a picture.
nav::Image ReadImage(const Sequence& sequence, std::size_t index);
nav::Image ReadImage(const SequenceInfo& info, const ImageEntry& entry);

/// A time of the sequence's clock, which may have any origin, in TAI: sequence.yaml ties it to UTC. Throws
/// dem::DataError for a time that 64 bits of nanoseconds do not reach from there.
std::int64_t TaiOf(const SequenceInfo& info, std::int64_t t_ns);
/// The other way round.
std::int64_t ClockOf(const SequenceInfo& info, std::int64_t tai_ns);
/// The Sun at a time of the sequence's clock, seen from its site.
dem::Sun SunOf(const SequenceInfo& info, std::int64_t t_ns);

/// Writes sequence.yaml and the sensor.yaml files below info.root; throws dem::WriteError.
void WriteSequenceInfo(const SequenceInfo& info);

/// Write the data.csv of one sensor below the sequence's folder; throw dem::WriteError.
void WriteImageIndex(const std::filesystem::path& root, const std::vector<std::int64_t>& times_ns,
                     bool with_pictures = true);
void WriteImu(const std::filesystem::path& root, const std::vector<nav::Imu>& samples);
void WriteRanges(const std::filesystem::path& root, const std::vector<nav::Range>& samples);
void WriteStarTracker(const std::filesystem::path& root, const std::vector<StarTrackerSample>& samples);

/// cam0/data/<t_ns>.png below the sequence's folder.
std::filesystem::path ImagePath(const std::filesystem::path& root, std::int64_t t_ns);

}  // namespace perilune::datasets
