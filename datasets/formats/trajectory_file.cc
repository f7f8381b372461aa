#include "datasets/formats/trajectory_file.h"

#include <algorithm>
#include <array>
#include <utility>

#include "datasets/formats/csv_table.h"
#include "datasets/formats/trajectory_lines.h"
#include "dem/io/atomic_file.h"
#include "dem/io/data_error.h"
#include "dem/linear/singular_values.h"

namespace perilune::datasets {
namespace {

constexpr char kEurocPose[] =
    "#timestamp [ns],p_RS_R_x [m],p_RS_R_y [m],p_RS_R_z [m],q_RS_w [],q_RS_x [],q_RS_y [],q_RS_z []";
constexpr char kEurocMotion[] =
    ",v_RS_R_x [m s^-1],v_RS_R_y [m s^-1],v_RS_R_z [m s^-1],"
    "b_w_RS_S_x [rad s^-1],b_w_RS_S_y [rad s^-1],b_w_RS_S_z [rad s^-1],"
    "b_a_RS_S_x [m s^-2],b_a_RS_S_y [m s^-2],b_a_RS_S_z [m s^-2]";

constexpr std::array<std::pair<const char*, TrajectoryFormat>, 3> kFormatNames = {
    {{"tum", TrajectoryFormat::kTum},
     {"euroc", TrajectoryFormat::kEuroc},
     {"kitti", TrajectoryFormat::kKitti}}};

Eigen::Isometry3d PoseOf(const Eigen::Matrix3d& rotation, const Eigen::Vector3d& position) {
  Eigen::Isometry3d pose = Eigen::Isometry3d::Identity();
  pose.linear() = rotation;
  pose.translation() = position;
  return pose;
}

TrajectoryPose TumPose(const TrajectoryLine& line) {
  line.RequireFields(8, "t x y z qx qy qz qw");
  const Eigen::Matrix3d rotation =
      line.Rotation(line.Number(7), line.Number(4), line.Number(5), line.Number(6));
  return {line.SecondsAsNanoseconds(0), PoseOf(rotation, line.Vector(1)), std::nullopt};
}

TrajectoryPose EurocPose(const TrajectoryLine& line) {
  if (line.fields.size() != 8) {
    line.RequireFields(17, "t_ns, position, quaternion w x y z[, velocity, biases]");
  }
  const Eigen::Matrix3d rotation =
      line.Rotation(line.Number(4), line.Number(5), line.Number(6), line.Number(7));
  TrajectoryPose pose{line.Nanoseconds(0), PoseOf(rotation, line.Vector(1)), std::nullopt};
  if (line.fields.size() == 17) pose.motion = {line.Vector(8), line.Vector(11), line.Vector(14)};
  return pose;
}

/// The nearest rotation (by SVD) to one that text has rounded.
Eigen::Matrix3d NearestRotation(const TrajectoryLine& line, const Eigen::Matrix3d& matrix) {
  if (!((matrix * matrix.transpose() - Eigen::Matrix3d::Identity()).norm() <= 1e-3) ||
      matrix.determinant() < 0) {
    line.Refuse("the left 3 x 3 numbers are no rotation");
  }
  const dem::SingularValues svd = dem::SingularValuesOf(matrix);
  return svd.left * svd.right.transpose();
}

Eigen::Isometry3d KittiPose(const TrajectoryLine& line) {
  line.RequireFields(12, "a 3 x 4 matrix, row by row");
  Eigen::Matrix<double, 3, 4> matrix;
  for (int i = 0; i < 12; ++i) matrix(i / 4, i % 4) = line.Number(static_cast<std::size_t>(i));
  return PoseOf(NearestRotation(line, matrix.leftCols<3>()), matrix.col(3));
}

std::vector<std::int64_t> ReadKittiTimes(const std::filesystem::path& path, std::size_t poses) {
  const TrajectoryText text(path);
  std::vector<std::int64_t> times_ns;
  for (const TrajectoryLine& line : text.lines()) {
    line.RequireFields(1, "a time in seconds");
    times_ns.push_back(line.SecondsAsNanoseconds(0));
    if (times_ns.size() > 1) line.RequireLater(times_ns.back(), times_ns[times_ns.size() - 2]);
  }
  if (times_ns.size() != poses) {
    throw dem::DataError(path,
                         std::to_string(times_ns.size()) + " times for " + std::to_string(poses) + " poses");
  }
  return times_ns;
}

void AddNumbers(std::string& line, char separator, std::initializer_list<double> numbers) {
  for (const double number : numbers) line += separator + ShortestText(number);
}

std::string TumText(const TrajectoryPoses& trajectory) {
  std::string text;
  for (const TrajectoryPose& pose : trajectory) text += EncodeTumLine(pose);
  return text;
}

std::string EurocText(const TrajectoryPoses& trajectory) {
  const bool motion =
      std::all_of(trajectory.begin(), trajectory.end(), [](const auto& pose) { return pose.motion; });
  std::string text = std::string(kEurocPose) + (motion ? kEurocMotion : "") + "\n";
  for (const TrajectoryPose& pose : trajectory) {
    const Eigen::Quaterniond q(pose.reference_from_body.linear());
    const Eigen::Vector3d& p = pose.reference_from_body.translation();
    text += std::to_string(pose.t_ns);
    AddNumbers(text, ',', {p.x(), p.y(), p.z(), q.w(), q.x(), q.y(), q.z()});
    if (motion) {
      for (const Eigen::Vector3d& v :
           {pose.motion->velocity_mps, pose.motion->gyro_bias_radps, pose.motion->accel_bias_mps2}) {
        AddNumbers(text, ',', {v.x(), v.y(), v.z()});
      }
    }
    text += '\n';
  }
  return text;
}

std::string KittiText(const TrajectoryPoses& trajectory) {
  std::string text;
  for (const TrajectoryPose& pose : trajectory) {
    for (int i = 0; i < 12; ++i) {
      text += ShortestText(pose.reference_from_body.matrix()(i / 4, i % 4)) + (i < 11 ? ' ' : '\n');
    }
  }
  return text;
}

std::filesystem::path TimesOf(const std::filesystem::path& poses, const std::filesystem::path& named) {
  return named.empty() ? DefaultKittiTimes(poses) : named;
}

}  // namespace

std::string EncodeTumLine(const TrajectoryPose& pose) {
  const Eigen::Quaterniond q(pose.reference_from_body.linear());
  const Eigen::Vector3d& p = pose.reference_from_body.translation();
  std::string line = SecondsText(pose.t_ns);
  AddNumbers(line, ' ', {p.x(), p.y(), p.z(), q.x(), q.y(), q.z(), q.w()});
  return line + "\n";
}

std::optional<TrajectoryFormat> TrajectoryFormatFromName(const std::string& name) {
  for (const auto& [known, format] : kFormatNames) {
    if (name == known) return format;
  }
  return std::nullopt;
}

std::optional<TrajectoryFormat> TrajectoryFormatOfPath(const std::filesystem::path& path) {
  const std::string extension = path.extension().string();
  if (extension == ".csv") return TrajectoryFormat::kEuroc;
  return extension.empty() ? std::nullopt : TrajectoryFormatFromName(extension.substr(1));
}

TrajectoryFormat DetectTrajectoryFormat(const std::filesystem::path& path) {
  if (const auto format = TrajectoryFormatOfPath(path)) return *format;
  const TrajectoryText text(path);
  const std::size_t fields = text.lines().empty() ? 0 : text.lines().front().fields.size();
  if (fields == 8) return TrajectoryFormat::kTum;
  if (fields == 12) return TrajectoryFormat::kKitti;
  if (fields == 17) return TrajectoryFormat::kEuroc;
  throw dem::DataError(path, "is no trajectory that is known: TUM has 8 numbers a line, KITTI 12, EuRoC 17");
}

std::filesystem::path DefaultKittiTimes(const std::filesystem::path& poses) {
  return poses.parent_path() / "times.txt";
}

TrajectoryPoses ReadTrajectory(const std::filesystem::path& path, TrajectoryFormat format,
                               const std::filesystem::path& kitti_times) {
  const TrajectoryText text(path);
  if (text.lines().empty()) throw dem::DataError(path, "has no pose");
  std::vector<std::int64_t> times_ns;
  if (format == TrajectoryFormat::kKitti) {
    times_ns = ReadKittiTimes(TimesOf(path, kitti_times), text.lines().size());
  }
  TrajectoryPoses trajectory;
  trajectory.reserve(text.lines().size());
  for (const TrajectoryLine& line : text.lines()) {
    switch (format) {
      case TrajectoryFormat::kTum:
        trajectory.push_back(TumPose(line));
        break;
      case TrajectoryFormat::kEuroc:
        trajectory.push_back(EurocPose(line));
        break;
      case TrajectoryFormat::kKitti:
        trajectory.push_back({times_ns[trajectory.size()], KittiPose(line), std::nullopt});
        break;
    }
    if (trajectory.size() > 1) {
      line.RequireLater(trajectory.back().t_ns, trajectory[trajectory.size() - 2].t_ns);
    }
  }
  return trajectory;
}

void WriteTrajectory(const std::filesystem::path& path, TrajectoryFormat format,
                     const TrajectoryPoses& trajectory, const std::filesystem::path& kitti_times) {
  switch (format) {
    case TrajectoryFormat::kTum:
      return dem::WriteFileAtomically(path, TumText(trajectory));
    case TrajectoryFormat::kEuroc:
      return dem::WriteFileAtomically(path, EurocText(trajectory));
    case TrajectoryFormat::kKitti:
      break;
  }
  std::string times;
  for (const TrajectoryPose& pose : trajectory) times += SecondsText(pose.t_ns) + "\n";
  dem::WriteFileAtomically(TimesOf(path, kitti_times), times);
  dem::WriteFileAtomically(path, KittiText(trajectory));
}

}  // namespace perilune::datasets
