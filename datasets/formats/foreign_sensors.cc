#include "datasets/formats/foreign_sensors.h"

#include <array>
#include <memory>
#include <utility>

#include "datasets/formats/foreign_columns.h"
#include "datasets/formats/foreign_images.h"
#include "datasets/formats/sensor_yaml.h"
#include "datasets/formats/sequence_columns.h"
#include "dem/io/data_error.h"

namespace perilune::datasets {
namespace fs = std::filesystem;
namespace {

/// A microelectromechanical unit, as EuRoC's: what nobody declares is taken to be no better than that.
constexpr ImuModel kUndeclaredImu = {200, 1.7e-4, 2e-5, 2e-3, 3e-3, 0.05, 0.2};

std::optional<YamlMap> SensorYamlBeside(const fs::path& data) {
  const fs::path path = data.parent_path() / "sensor.yaml";
  if (data.filename() != "data.csv" || !fs::exists(path)) return std::nullopt;
  return ReadYamlFile(path);
}

/// The sensor's mounting, and where it was taken from.
std::string SetMounting(const std::optional<YamlMap>& yaml, Eigen::Isometry3d& body_from_sensor) {
  if (!yaml || !yaml->Has("T_BS")) return "";
  body_from_sensor = ReadBodyFromSensor(*yaml);
  return ", mounting from sensor.yaml";
}

std::string NameIn(const fs::path& root, const fs::path& path) {
  const fs::path relative = path.lexically_relative(root);
  return relative.empty() || relative.native().starts_with("..") ? path.filename().string()
                                                                 : relative.string();
}

std::array<std::size_t, 3> RequireAxes(const ForeignCsv& csv, const std::string& euroc,
                                       const std::string& plain, const std::string& brief) {
  std::array<std::size_t, 3> columns{};
  const std::array<std::string, 3> axes = {"x", "y", "z"};
  for (std::size_t i = 0; i < 3; ++i) {
    columns[i] = csv.Require({plain + axes[i], euroc + axes[i], brief + axes[i]});
  }
  return columns;
}

Eigen::Vector3d VectorIn(const CsvRow& row, const std::array<std::size_t, 3>& columns) {
  return {row.Number(columns[0]), row.Number(columns[1]), row.Number(columns[2])};
}

std::array<std::size_t, 4> RequireQuaternion(const ForeignCsv& csv) {
  std::array<std::size_t, 4> columns{};
  const std::array<std::string, 4> parts = {"w", "x", "y", "z"};
  for (std::size_t i = 0; i < 4; ++i) {
    columns[i] = csv.Require({"q_" + parts[i], "q_rs_" + parts[i], "q" + parts[i]});
  }
  return columns;
}

}  // namespace

void OpenForeignImu(const fs::path& root, const ForeignRequest& request, ForeignSequence& sequence) {
  SequenceInfo& info = sequence.stream.info;
  Findings& findings = sequence.findings;
  info.imu.rate_hz = 0;
  const auto path = request.imu ? request.imu : FirstExisting(root, {"imu0/data.csv", "imu.csv"});
  if (!path) {
    findings.missing.push_back(
        "inertial unit (imu0/data.csv, imu.csv, --imu): between images the velocity and the attitude are "
        "held, "
        "as uncertain as --coasting-mps2-rthz and --coasting-radps-rthz say");
    return;
  }
  const ForeignCsv csv(*path,
                       {"timestamp [ns]", "gyro_x", "gyro_y", "gyro_z", "accel_x", "accel_y", "accel_z"});
  const auto gyro = RequireAxes(csv, "w_rs_s_", "gyro_", "w"),
             accel = RequireAxes(csv, "a_rs_s_", "accel_", "a");
  const std::optional<YamlMap> yaml = SensorYamlBeside(*path);
  const std::string mounting = SetMounting(yaml, info.body_from_imu);
  info.imu = yaml ? ReadImuModel(*yaml) : kUndeclaredImu;
  if (!yaml) {
    findings.assumed.push_back(
        "the inertial unit's noise: that of a MEMS unit (no sensor.yaml beside its data)");
  } else if (!yaml->Has("gyroscope_bias_sigma_radps") || !yaml->Has("accelerometer_bias_sigma_mps2")) {
    info.imu.gyro_bias_sigma_radps = kUndeclaredImu.gyro_bias_sigma_radps;
    info.imu.accel_bias_sigma_mps2 = kUndeclaredImu.accel_bias_sigma_mps2;
    findings.assumed.push_back("biases of the inertial unit: 1 sigma 0.05 rad/s and 0.2 m/s2 (not declared)");
  }
  findings.found.push_back("inertial unit: " + NameIn(root, *path) + mounting);
  sequence.stream.imu = StreamRows<nav::Imu>(
      csv.stream(),
      [csv, gyro, accel](const CsvRow& row) {
        return nav::Imu{csv.Time_ns(row), VectorIn(row, gyro), VectorIn(row, accel)};
      },
      csv.time_column());
}

void OpenForeignRanges(const fs::path& root, const ForeignRequest& request, ForeignSequence& sequence) {
  SequenceInfo& info = sequence.stream.info;
  const auto path = request.range ? request.range : FirstExisting(root, {"altimeter0/data.csv", "range.csv"});
  if (!path) {
    sequence.findings.missing.push_back("ranges (altimeter0/data.csv, range.csv, --range)");
    return;
  }
  const ForeignCsv csv(*path, {"timestamp [ns]", "range [m]", "sigma [m]", "valid"});
  const std::size_t range_column = csv.Require({"range", "range_m"});
  const std::size_t sigma_column = csv.Require({"sigma", "sigma_m"});
  const std::optional<std::size_t> valid_column = csv.Find({"valid"});
  const std::optional<YamlMap> yaml = SensorYamlBeside(*path);
  const std::string mounting = SetMounting(yaml, info.body_from_beam);
  if (mounting.empty()) {
    info.body_from_beam = info.body_from_cam;
    sequence.findings.assumed.push_back("the beam starts at the camera and follows its boresight");
  }
  if (yaml && yaml->Has("bias_sigma_m")) info.range_bias_sigma_m = yaml->NonNegativeNumber("bias_sigma_m");
  info.range_rate_hz = 1;
  sequence.findings.found.push_back("ranges: " + NameIn(root, *path) + mounting);
  sequence.stream.ranges = StreamRows<nav::Range>(
      csv.stream(),
      [csv, range_column, sigma_column, valid_column](const CsvRow& row) {
        nav::Range range;
        range.t_ns = csv.Time_ns(row);
        range.valid = !valid_column || row.Integer(*valid_column) != 0;
        range.range_m = row.Number(range_column);
        range.sigma_m = row.Number(sigma_column);
        if (range.valid && !(range.range_m > 0)) row.Refuse(range_column, "a valid range must be above zero");
        if (range.valid && !(range.sigma_m > 0)) row.Refuse(sigma_column, "must be above zero");
        return range;
      },
      csv.time_column());
}

void OpenForeignAttitudes(const fs::path& root, const ForeignRequest& request, ForeignSequence& sequence) {
  SequenceInfo& info = sequence.stream.info;
  const auto path =
      request.attitude ? request.attitude : FirstExisting(root, {"star_tracker0/data.csv", "attitude.csv"});
  if (!path) {
    sequence.findings.missing.push_back(
        "attitudes (star_tracker0/data.csv, attitude.csv, --attitude): the pictures alone give the attitude");
    return;
  }
  const ForeignCsv csv(*path, {"timestamp [ns]", "q_w", "q_x", "q_y", "q_z", "sigma [rad]"});
  const std::array<std::size_t, 4> quaternion = RequireQuaternion(csv);
  const std::size_t sigma_column = csv.Require({"sigma", "sigma_rad"});
  const std::string mounting = SetMounting(SensorYamlBeside(*path), info.body_from_star_tracker);
  info.star_tracker_rate_hz = 1;
  const bool inertial = request.attitude_frame == AttitudeFrame::kInertial;
  sequence.findings.found.push_back("attitudes: " + NameIn(root, *path) + ", " +
                                    (inertial ? "inertial" : "moon") + "_from_sensor" + mounting);
  sequence.stream.attitudes = StreamRows<nav::Attitude>(
      csv.stream(),
      [csv, quaternion, sigma_column, inertial, info](const CsvRow& row) {
        const StarTrackerSample sample{csv.Time_ns(row), UnitQuaternion(row, quaternion),
                                       row.Number(sigma_column)};
        if (!(sample.sigma_rad > 0)) row.Refuse(sigma_column, "must be above zero");
        if (inertial) return MoonFromBody(sample, info);
        const Eigen::Quaterniond sensor_from_body(info.body_from_star_tracker.linear().transpose());
        return nav::Attitude{sample.t_ns, sample.inertial_from_sensor * sensor_from_body, sample.sigma_rad};
      },
      csv.time_column());
}

}  // namespace perilune::datasets
