#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "datasets/formats/initial_pose.h"
#include "datasets/formats/sequence_stream.h"

namespace perilune::datasets {

/// Frame of the quaternions of an attitude file: the sensor's axes in `inertial` (star trackers) or in
/// `moon`.
enum class AttitudeFrame { kInertial, kMoon };

/// A folder of images that Perilune did not write, and what its user says about it. Paths that are not given
/// are looked for in the folder under the names that OpenForeignSequence lists.
struct ForeignRequest {
  std::filesystem::path folder;
  std::optional<std::filesystem::path> camera, times, imu, range, attitude, initial_pose;
  /// UTC at a time of the sequence's clock (the first image's where no time is given).
  std::optional<std::string> epoch_utc;
  std::optional<std::int64_t> epoch_t_ns;
  std::optional<dem::LatLon> sub_solar;  ///< instead of the ephemeris' Sun
  std::optional<dem::Site> site;         ///< else where the initial boresight meets the sphere
  AttitudeFrame attitude_frame = AttitudeFrame::kInertial;
  std::optional<InitialPose> pose;  ///< instead of a file
  // Where the initial pose states none.
  std::optional<Eigen::Vector3d> position_sigma_m;
  std::optional<double> attitude_sigma_rad;
  /// Of a velocity that nobody states, each axis: circular velocity at the ground.
  double unknown_velocity_sigma_mps = 1700;
};

/// What a foreign folder was taken to be, in sentences for its user.
struct Findings {
  std::vector<std::string> found, assumed, missing;
};

struct ForeignSequence {
  SequenceStream stream;
  Findings findings;
};

/// Opens the folder, or its `mav0`:
///
/// - images (PNG, TIFF, JPEG, PGM; grey or colour, 8 or 16 bits) in `cam0/data`, `images` or the folder
/// itself;
/// - times: `cam0/data.csv` or `times.csv`: a column of times (`timestamp [ns]`, `t_s`, `time_utc`; see
///   ForeignCsv) and `filename`, or without one a row an image in the order of names; without a file the
///   names are nanoseconds;
/// - camera: `cam0/sensor.yaml`, `camchain.yaml`, `camera.yaml`, `camera.yml`, `camera.json` (camera_file.h);
/// - IMU: `imu0/data.csv` or `imu.csv`: EuRoC's columns, or `gyro_x` … `accel_z`; noise from `sensor.yaml`
///   beside it;
/// - ranges: `altimeter0/data.csv` or `range.csv`: `range [m]`, `sigma [m]`, optional `valid`, along +z of
/// the
///   beam;
/// - attitudes: `star_tracker0/data.csv` or `attitude.csv`: `q_w` … `q_z` of frame_from_sensor,
///   `sigma [rad]`;
/// - initial pose: `initial_pose.json` (initial_pose.h).
///
/// Without T_BS in a sensor's `sensor.yaml` its axes are the body's, a beam looks along the camera's
/// boresight, and without one for the camera the body is the camera. Throws dem::DataError naming file, line
/// and remedy: no image, no camera, no initial pose, no usable time.
ForeignSequence OpenForeignSequence(const ForeignRequest& request);

}  // namespace perilune::datasets
