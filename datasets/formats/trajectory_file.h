#pragma once

#include <Eigen/Geometry>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace perilune::datasets {

/// What EuRoC's ground truth says beside the pose; velocity in the trajectory's frame, biases in the body's
/// axes.
struct TrajectoryMotion {
  Eigen::Vector3d velocity_mps = Eigen::Vector3d::Zero();
  Eigen::Vector3d gyro_bias_radps = Eigen::Vector3d::Zero();
  Eigen::Vector3d accel_bias_mps2 = Eigen::Vector3d::Zero();
};

/// `reference` is whatever frame the file's author chose (`site` in what Perilune writes).
struct TrajectoryPose {
  std::int64_t t_ns = 0;
  Eigen::Isometry3d reference_from_body = Eigen::Isometry3d::Identity();
  std::optional<TrajectoryMotion> motion;
};

/// Time increases strictly from pose to pose.
using TrajectoryPoses = std::vector<TrajectoryPose>;

/// kTum: `t_s x y z qx qy qz qw`, blanks between (Sturm et al. 2012). kEuroc: the ground truth table of the
/// ASL data set format (Burri et al. 2016). kKitti: rows of a 3 × 4 matrix `reference_from_body` (Geiger et
/// al. 2012) and a file of times in seconds, a line each.
enum class TrajectoryFormat { kTum, kEuroc, kKitti };

/// "tum", "euroc", "kitti"; nothing for another name.
std::optional<TrajectoryFormat> TrajectoryFormatFromName(const std::string& name);

/// By the extension (.tum, .csv, .kitti); nothing for others, .txt among them: TUM and KITTI both use it.
std::optional<TrajectoryFormat> TrajectoryFormatOfPath(const std::filesystem::path& path);

/// For reading: by the extension, and where that says nothing by the number of fields of the first line that
/// is no comment (8 TUM, 12 KITTI, commas EuRoC). Throws dem::DataError when neither tells.
TrajectoryFormat DetectTrajectoryFormat(const std::filesystem::path& path);

/// The times of a KITTI trajectory where nobody names another file: times.txt beside it.
std::filesystem::path DefaultKittiTimes(const std::filesystem::path& poses);

/// `kitti_times` is read for KITTI alone. Quaternions within 1e-3 of unit length and rotations within 1e-3
/// of orthonormal are normalised, others refused. Throws dem::DataError naming file and line: missing or
/// empty file, wrong number of fields, no or no finite number, such a rotation, time that does not increase.
TrajectoryPoses ReadTrajectory(const std::filesystem::path& path, TrajectoryFormat format,
                               const std::filesystem::path& kitti_times = {});

/// A line of a TUM file with its end.
std::string EncodeTumLine(const TrajectoryPose& pose);

/// Atomic, a file at a time. EuRoC gets its velocity and bias columns when every pose has them, and else the
/// pose alone. Throws dem::WriteError.
void WriteTrajectory(const std::filesystem::path& path, TrajectoryFormat format,
                     const TrajectoryPoses& trajectory, const std::filesystem::path& kitti_times = {});

}  // namespace perilune::datasets
