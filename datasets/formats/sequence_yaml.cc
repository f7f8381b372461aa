#include "datasets/formats/sequence_yaml.h"

#include <cmath>
#include <span>
#include <stdexcept>

#include "datasets/formats/csv_table.h"
#include "datasets/formats/sensor_yaml.h"
#include "datasets/formats/yaml_map.h"
#include "datasets/formats/yaml_values.h"
#include "dem/io/atomic_file.h"
#include "dem/io/data_error.h"

namespace perilune::datasets {
namespace {

constexpr char kFormat[] = "perilune-sequence-1";
Eigen::Quaterniond ReadQuaternion(const YamlMap& yaml, const std::string& key) {
  const std::vector<double> q = yaml.Numbers(key, 4);
  const Eigen::Quaterniond rotation(q[0], q[1], q[2], q[3]);
  if (std::abs(rotation.norm() - 1) > 1e-3) yaml.Fail(key, "must be a unit quaternion w, x, y, z");
  return rotation.normalized();
}

Prior ReadPrior(const YamlMap& yaml) {
  Prior prior;
  prior.t_ns = yaml.Integer("t_ns");
  prior.site_from_body.linear() = ReadQuaternion(yaml, "site_from_body_wxyz").toRotationMatrix();
  prior.site_from_body.translation() = ReadVector(yaml, "position_in_site_m");
  prior.velocity_in_site_mps = ReadVector(yaml, "velocity_in_site_mps");
  prior.position_sigma_m = ReadVector(yaml, "position_sigma_m");
  if (!(prior.position_sigma_m.minCoeff() > 0)) yaml.Fail("position_sigma_m", "must be above zero");
  prior.velocity_sigma_mps = yaml.PositiveNumber("velocity_sigma_mps");
  prior.attitude_sigma_rad = yaml.PositiveNumber("attitude_sigma_rad");
  return prior;
}

YamlMap OpenSensor(const std::filesystem::path& root, const std::string& folder, const std::string& type) {
  const YamlMap yaml = ReadYamlFile(root / folder / "sensor.yaml");
  if (yaml.Text("sensor_type") != type) yaml.Fail("sensor_type", "must be " + type);
  if (yaml.Has("comment")) yaml.Text("comment");
  return yaml;
}

void ReadCamera(SequenceInfo& info) {
  const YamlMap yaml = OpenSensor(info.root, "cam0", "camera");
  info.body_from_cam = ReadBodyFromSensor(yaml);
  info.camera_rate_hz = yaml.PositiveNumber("rate_hz");
  info.camera = ReadIntrinsics(info.root / "cam0" / "sensor.yaml", yaml);
  if (yaml.Has("exposure_s")) info.exposure_s = yaml.NonNegativeNumber("exposure_s");
  if (yaml.Has("bits")) info.image_bits = static_cast<int>(yaml.Integer("bits"));
  if (info.image_bits != 8 && info.image_bits != 12 && info.image_bits != 16) {
    yaml.Fail("bits", "must be 8, 12 or 16");
  }
  yaml.RefuseUnknownKeys();
}

void ReadInertialUnit(SequenceInfo& info) {
  const YamlMap yaml = OpenSensor(info.root, "imu0", "imu");
  info.body_from_imu = ReadBodyFromSensor(yaml);
  info.imu = ReadImuModel(yaml);
  yaml.RefuseUnknownKeys();
}

void ReadAltimeter(SequenceInfo& info) {
  if (!std::filesystem::exists(info.root / "altimeter0")) return;
  const YamlMap yaml = OpenSensor(info.root, "altimeter0", "altimeter");
  info.body_from_beam = ReadBodyFromSensor(yaml);
  info.range_rate_hz = yaml.PositiveNumber("rate_hz");
  if (yaml.Has("bias_sigma_m")) info.range_bias_sigma_m = yaml.NonNegativeNumber("bias_sigma_m");
  yaml.RefuseUnknownKeys();
}

void ReadStarTracker(SequenceInfo& info) {
  if (!std::filesystem::exists(info.root / "star_tracker0")) return;
  const YamlMap yaml = OpenSensor(info.root, "star_tracker0", "star_tracker");
  info.body_from_star_tracker = ReadBodyFromSensor(yaml);
  info.star_tracker_rate_hz = yaml.PositiveNumber("rate_hz");
  yaml.RefuseUnknownKeys();
}

template <typename Numbers>
std::string ListText(const Numbers& numbers) {
  std::string text = "[";
  for (const double number : numbers) text += (text.size() > 1 ? ", " : "") + ShortestText(number);
  return text + "]";
}

std::string VectorText(const Eigen::Vector3d& v) {
  return ListText(std::vector<double>{v.x(), v.y(), v.z()});
}

std::string Line(const std::string& key, const std::string& value) { return key + ": " + value + "\n"; }

std::string Line(const std::string& key, double value) { return Line(key, ShortestText(value)); }

std::string SensorText(const std::string& type, const Eigen::Isometry3d& body_from_sensor, double rate_hz) {
  std::vector<double> data;
  for (int row = 0; row < 4; ++row) {
    for (int col = 0; col < 4; ++col) data.push_back(body_from_sensor.matrix()(row, col));
  }
  return Line("sensor_type", type) + "T_BS: {rows: 4, cols: 4, data: " + ListText(data) + "}\n" +
         Line("rate_hz", rate_hz);
}

std::string CameraText(const SequenceInfo& info) {
  const vision::Camera& c = info.camera;
  return SensorText("camera", info.body_from_cam, info.camera_rate_hz) + "resolution: [" +
         std::to_string(c.width_px) + ", " + std::to_string(c.height_px) + "]\n" +
         Line("camera_model", "pinhole") +
         Line("intrinsics", ListText(std::vector<double>{c.fx_px, c.fy_px, c.cx_px, c.cy_px})) +
         Line("distortion_model", c.IsFisheye() ? kEquidistant : kRadialTangential) +
         Line("distortion_coefficients", ListText(std::span(c.distortion).first(c.IsFisheye() ? 4 : 5))) +
         Line("exposure_s", info.exposure_s) + Line("bits", std::to_string(info.image_bits));
}

std::string ImuText(const SequenceInfo& info) {
  return SensorText("imu", info.body_from_imu, info.imu.rate_hz) +
         Line("gyroscope_noise_density", info.imu.gyro_noise_radps_rthz) +
         Line("gyroscope_random_walk", info.imu.gyro_walk_radps2_rthz) +
         Line("accelerometer_noise_density", info.imu.accel_noise_mps2_rthz) +
         Line("accelerometer_random_walk", info.imu.accel_walk_mps3_rthz) +
         Line("gyroscope_bias_sigma_radps", info.imu.gyro_bias_sigma_radps) +
         Line("accelerometer_bias_sigma_mps2", info.imu.accel_bias_sigma_mps2);
}

std::string PriorText(const Prior& prior) {
  const Eigen::Quaterniond q(prior.site_from_body.linear());
  return "prior:\n  " + Line("t_ns", std::to_string(prior.t_ns)) +                                        //
         "  " + Line("position_in_site_m", VectorText(prior.site_from_body.translation())) +              //
         "  " + Line("site_from_body_wxyz", ListText(std::vector<double>{q.w(), q.x(), q.y(), q.z()})) +  //
         "  " + Line("velocity_in_site_mps", VectorText(prior.velocity_in_site_mps)) +                    //
         "  " + Line("position_sigma_m", VectorText(prior.position_sigma_m)) +                            //
         "  " + Line("velocity_sigma_mps", prior.velocity_sigma_mps) +                                    //
         "  " + Line("attitude_sigma_rad", prior.attitude_sigma_rad);
}

std::string SequenceText(const SequenceInfo& info) {
  std::string maps;
  for (const auto& map : info.maps) maps += (maps.empty() ? "" : ", ") + map.generic_string();
  return Line("format", kFormat) + Line("name", info.name) + Line("epoch_utc", info.epoch_utc) +
         Line("epoch_t_ns", std::to_string(info.epoch_t_ns)) +
         "site: {latitude_deg: " + ShortestText(dem::RadToDeg(info.site.origin.latitude_rad)) +
         ", longitude_deg: " + ShortestText(dem::RadToDeg(info.site.origin.longitude_rad)) + "}\n" +
         Line("map", "[" + maps + "]") +
         (info.craters.empty() ? std::string() : Line("craters", info.craters.generic_string())) +
         "lander: {footprint_m: " + ShortestText(info.lander.footprint_m) +
         ", slope_limit_deg: " + ShortestText(dem::RadToDeg(info.lander.slope_limit_rad)) +
         ", roughness_limit_m: " + ShortestText(info.lander.roughness_limit_m) + "}\n" +
         (info.prior ? PriorText(*info.prior) : std::string());
}

void WriteSensor(const std::filesystem::path& root, const std::string& folder, const std::string& text) {
  std::filesystem::create_directories(root / folder);
  dem::WriteFileAtomically(root / folder / "sensor.yaml", text);
}

}  // namespace

SequenceInfo ReadSequenceInfo(const std::filesystem::path& root) {
  const std::filesystem::path path = root / "sequence.yaml";
  const YamlMap yaml = ReadYamlFile(path);
  if (yaml.Text("format") != kFormat) yaml.Fail("format", std::string("must be ") + kFormat);
  SequenceInfo info;
  info.root = root;
  info.name = yaml.Text("name");
  info.epoch_utc = ReadUtc(yaml, "epoch_utc");
  info.epoch_t_ns = yaml.Integer("epoch_t_ns");
  info.site = ReadSite(yaml.Map("site"));
  if (yaml.Has("map")) {
    for (const std::string& map : yaml.Texts("map")) info.maps.emplace_back(map);
  }
  if (yaml.Has("craters")) info.craters = yaml.Text("craters");
  if (yaml.Has("lander")) info.lander = ReadLander(yaml.Map("lander"));
  if (yaml.Has("prior")) info.prior = ReadPrior(yaml.Map("prior"));
  yaml.RefuseUnknownKeys();
  ReadCamera(info);
  ReadInertialUnit(info);
  ReadAltimeter(info);
  ReadStarTracker(info);
  return info;
}

void WriteSequenceInfo(const SequenceInfo& info) {
  WriteSensor(info.root, "cam0", CameraText(info));
  WriteSensor(info.root, "imu0", ImuText(info));
  if (info.range_rate_hz > 0) {
    WriteSensor(info.root, "altimeter0",
                SensorText("altimeter", info.body_from_beam, info.range_rate_hz) +
                    Line("bias_sigma_m", info.range_bias_sigma_m));
  }
  if (info.star_tracker_rate_hz > 0) {
    WriteSensor(info.root, "star_tracker0",
                SensorText("star_tracker", info.body_from_star_tracker, info.star_tracker_rate_hz));
  }
  dem::WriteFileAtomically(info.root / "sequence.yaml", SequenceText(info));
}

}  // namespace perilune::datasets
