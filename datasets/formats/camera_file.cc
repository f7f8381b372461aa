#include "datasets/formats/camera_file.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>

#include "datasets/formats/isd_camera.h"
#include "datasets/formats/json_object.h"
#include "datasets/formats/sensor_yaml.h"
#include "datasets/formats/shot.h"
#include "datasets/formats/yaml_map.h"
#include "dem/io/data_error.h"

namespace perilune::datasets {
namespace {

/// What one file can be at most; calibrations have a few kilobytes.
constexpr std::uintmax_t kLargest_bytes = 1 << 20;

std::string ReadCameraText(const std::filesystem::path& path) {
  if (!std::filesystem::is_regular_file(path)) throw dem::DataError(path, "no such file");
  if (std::filesystem::file_size(path) > kLargest_bytes) {
    throw dem::DataError(path, "is larger than 1 MiB: no camera file is");
  }
  std::ifstream stream(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (!stream.good() && !stream.eof()) throw dem::DataError(path, "cannot be read");
  // cv::FileStorage begins with "%YAML:1.0", which is no directive of YAML's; the line stays, empty.
  if (text.starts_with("%YAML:")) text.erase(0, std::min(text.find('\n'), text.size()));
  return text;
}

/// The distortion's numbers, as many as our models have; more have to be zero.
void SetDistortion(const YamlMap& yaml, const std::string& key, const std::vector<double>& numbers,
                   vision::Camera& camera) {
  const std::size_t most = camera.IsFisheye() ? 4 : 5;
  if (numbers.size() < 4) yaml.Fail(key, "must have at least 4 numbers");
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (i < most) {
      camera.distortion[i] = numbers[i];
    } else if (numbers[i] != 0) {
      yaml.Fail(key, "has a coefficient " + std::to_string(i + 1) +
                         ": only k1 k2 p1 p2 k3 (fisheye: k1 k2 k3 k4) are supported");
    }
  }
}

CameraFile ReadEuroc(const std::filesystem::path& path, const YamlMap& yaml) {
  CameraFile file{"EuRoC sensor.yaml", ReadIntrinsics(path, yaml), std::nullopt, 0, {}};
  if (yaml.Has("T_BS")) file.body_from_cam = ReadBodyFromSensor(yaml);
  return file;
}

CameraFile ReadKalibr(const std::filesystem::path& path, const YamlMap& yaml) {
  CameraFile file{"Kalibr camchain.yaml", {}, std::nullopt, 0, {}};
  const YamlMap cam = yaml.Map("cam0");
  if (cam.Text("camera_model") != "pinhole") {
    cam.Fail("camera_model", "'" + cam.Text("camera_model") + "' is not supported: only pinhole is");
  }
  const std::string model = cam.Text("distortion_model");
  if (model != "radtan" && model != "equidistant" && model != "none") {
    cam.Fail("distortion_model", "'" + model + "' is not supported: radtan, equidistant or none");
  }
  if (model == "equidistant") file.camera.model = vision::kKannalaBrandt;
  const std::vector<double> intrinsics = cam.Numbers("intrinsics", 4);
  SetIntrinsics(intrinsics, file.camera);
  ReadResolution(cam, "resolution", file.camera);
  if (model != "none") {
    SetDistortion(cam, "distortion_coeffs", cam.Numbers("distortion_coeffs", 4), file.camera);
  }
  if (cam.Has("T_cam_imu")) {
    file.body_from_cam = PoseOfRows(cam, "T_cam_imu", cam.Table("T_cam_imu", 4, 4)).inverse();
  }
  if (cam.Has("timeshift_cam_imu")) file.imu_minus_camera_s = cam.Number("timeshift_cam_imu");
  if (yaml.Has("cam1")) file.notes.push_back("cam0 is read, the other cameras are not");
  RequireValid(path, file.camera);
  return file;
}

/// `{rows, cols, data}` of cv::Mat; `rows` and `cols` 0 take any.
std::vector<double> MatrixNumbers(const YamlMap& yaml, const std::string& key) {
  const YamlMap matrix = yaml.Map(key);
  const std::vector<double> numbers = matrix.Numbers("data", 0);
  const std::int64_t rows = matrix.Integer("rows"), cols = matrix.Integer("cols");
  if (rows < 1 || cols < 1 || rows > 100 || cols > 100 ||
      static_cast<std::size_t>(rows * cols) != numbers.size()) {
    matrix.Fail("data", "must have rows x cols numbers");
  }
  return numbers;
}

int ReadSide(const YamlMap& yaml, const std::string& key) {
  const std::int64_t side = yaml.Integer(key);
  if (side < 1 || side > 100'000) yaml.Fail(key, "must be a number of pixels");
  return static_cast<int>(side);
}

bool IsOpenCvFisheye(const YamlMap& yaml) {
  if (yaml.Has("fisheye_model") && yaml.Integer("fisheye_model") != 0) return true;
  if (!yaml.Has("distortion_model")) return false;
  const std::string model = yaml.Text("distortion_model");
  if (model == "equidistant" || model == "fisheye") return true;
  if (model != "plumb_bob" && model != "radial-tangential") {
    yaml.Fail("distortion_model", "'" + model + "' is not supported: plumb_bob, equidistant or fisheye");
  }
  return false;
}

CameraFile ReadOpenCv(const std::filesystem::path& path, const YamlMap& yaml) {
  CameraFile file{"OpenCV YAML", {}, std::nullopt, 0, {}};
  vision::Camera& camera = file.camera;
  camera.width_px = ReadSide(yaml, "image_width");
  camera.height_px = ReadSide(yaml, "image_height");
  const std::vector<double> k = MatrixNumbers(yaml, "camera_matrix");
  const bool pinhole = k.size() == 9 && k[1] == 0 && k[3] == 0 && k[6] == 0 && k[7] == 0 && k[8] == 1;
  if (!pinhole) yaml.Fail("camera_matrix", "must be fx 0 cx, 0 fy cy, 0 0 1");
  SetIntrinsics(std::vector<double>{k[0], k[4], k[2], k[5]}, camera);
  if (IsOpenCvFisheye(yaml)) camera.model = vision::kKannalaBrandt;
  const std::string key =
      yaml.Has("D") && !yaml.Has("distortion_coefficients") ? "D" : "distortion_coefficients";
  if (yaml.Has(key)) {
    SetDistortion(yaml, key, MatrixNumbers(yaml, key), camera);
  } else {
    file.notes.push_back("no distortion_coefficients: none is assumed");
  }
  RequireValid(path, camera);
  return file;
}

CameraFile ReadJsonCamera(const std::filesystem::path& path) {
  const JsonObject root(path);
  if (root.Has("camera")) {
    return {"shot (.json)", ReadShot(path).camera, std::nullopt, 0, {}};
  }
  if (!root.Has("focal2pixel_samples")) {
    throw dem::DataError(path, "is neither image support data of a framing camera nor a shot with `camera`");
  }
  CameraFile file{"JSON ISD of a framing camera", ReadIsdCamera(root).camera, std::nullopt, 0, {}};
  RequireValid(path, file.camera);
  return file;
}

}  // namespace

CameraFile ReadCameraFile(const std::filesystem::path& path) {
  const std::string text = ReadCameraText(path);
  const std::size_t first = text.find_first_not_of(" \t\r\n\xef\xbb\xbf");
  if (first != std::string::npos && text[first] == '{') return ReadJsonCamera(path);
  const YamlMap yaml = ReadYamlText(text, path);
  if (yaml.Has("cam0")) return ReadKalibr(path, yaml);
  if (yaml.Has("camera_matrix")) return ReadOpenCv(path, yaml);
  if (yaml.Has("intrinsics")) return ReadEuroc(path, yaml);
  throw dem::DataError(path,
                       "is no camera that is known here: `intrinsics` (EuRoC), `cam0` (Kalibr) or "
                       "`camera_matrix` (OpenCV) is missing");
}

}  // namespace perilune::datasets
