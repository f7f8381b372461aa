#include "datasets/formats/shot.h"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>
#include <vector>

#include "dem/ephemeris/sub_solar.h"
#include "dem/ephemeris/time_scales.h"
#include "dem/io/data_error.h"

namespace perilune::datasets {
namespace {

using nlohmann::json;

/// An object of the file under its dotted name; knows which keys were asked for.
class Object {
 public:
  Object(const std::filesystem::path& file, const json& value, std::string name)
      : file_(file), value_(value), name_(std::move(name)) {
    if (!value_.is_object()) Refuse("", "must be an object");
  }

  bool Has(const std::string& key) {
    known_.push_back(key);
    return value_.contains(key);
  }

  const json& Get(const std::string& key) {
    if (!Has(key)) Refuse(key, "is missing");
    return value_.at(key);
  }

  Object Child(const std::string& key) { return {file_, Get(key), Name(key)}; }

  double Number(const std::string& key) { return ToNumber(key, Get(key)); }

  double PositiveNumber(const std::string& key) {
    const double number = Number(key);
    if (!(number > 0)) Refuse(key, "must be positive, is " + Get(key).dump());
    return number;
  }

  int Size(const std::string& key) {
    const json& value = Get(key);
    if (!value.is_number_integer() || value.get<double>() < 1 || value.get<double>() > 100000) {
      Refuse(key, "must be a whole number between 1 and 100000, is " + value.dump());
    }
    return value.get<int>();
  }

  std::string Text(const std::string& key) {
    const json& value = Get(key);
    if (!value.is_string() || value.get<std::string>().empty())
      Refuse(key, "must be a text that is not empty");
    return value.get<std::string>();
  }

  template <int N>
  Eigen::Matrix<double, N, 1> Numbers(const std::string& key) {
    return ToNumbers<N>(key, Get(key));
  }

  Eigen::Matrix3d Rotation(const std::string& key) {
    const json& rows = Get(key);
    if (!rows.is_array() || rows.size() != 3) Refuse(key, "must have 3 rows of 3 numbers");
    Eigen::Matrix3d matrix;
    for (int row = 0; row < 3; ++row)
      matrix.row(row) = ToNumbers<3>(key, rows[static_cast<std::size_t>(row)]);
    const Eigen::Matrix3d excess = matrix * matrix.transpose() - Eigen::Matrix3d::Identity();
    if (excess.cwiseAbs().maxCoeff() > 1e-6 || matrix.determinant() < 0) {
      Refuse(key, "is no rotation (orthonormal to 1e-6, determinant +1)");
    }
    return Eigen::Quaterniond(matrix).normalized().toRotationMatrix();
  }

  /// After everything was asked for: what is left is a mistake.
  void RefuseUnknownKeys() const {
    for (const auto& item : value_.items()) {
      if (std::find(known_.begin(), known_.end(), item.key()) == known_.end())
        Refuse(item.key(), "is unknown");
    }
  }

  [[noreturn]] void Refuse(const std::string& key, const std::string& problem) const {
    throw dem::DataError(file_, (key.empty() && name_.empty() ? "the file" : Name(key)) + " " + problem);
  }

 private:
  std::string Name(const std::string& key) const {
    if (name_.empty()) return key;
    return key.empty() ? name_ : name_ + "." + key;
  }

  double ToNumber(const std::string& key, const json& value) const {
    if (!value.is_number()) Refuse(key, "must be a number, is " + value.dump());
    return value.get<double>();
  }

  template <int N>
  Eigen::Matrix<double, N, 1> ToNumbers(const std::string& key, const json& value) const {
    if (!value.is_array() || value.size() != N) Refuse(key, "must have " + std::to_string(N) + " numbers");
    Eigen::Matrix<double, N, 1> numbers;
    for (int i = 0; i < N; ++i) numbers[i] = ToNumber(key, value[static_cast<std::size_t>(i)]);
    return numbers;
  }

  std::filesystem::path file_;
  const json& value_;
  std::string name_;
  std::vector<std::string> known_;
};

vision::Camera ReadCamera(Object object) {
  vision::Camera camera;
  camera.model = object.Text("model");
  if (camera.model != vision::kBrownConrady && camera.model != vision::kKannalaBrandt) {
    object.Refuse("model", "must be 'brown_conrady' or 'kannala_brandt', is '" + camera.model + "'");
  }
  camera.width_px = object.Size("width_px");
  camera.height_px = object.Size("height_px");
  camera.fx_px = object.PositiveNumber("fx_px");
  camera.fy_px = object.PositiveNumber("fy_px");
  camera.cx_px = object.Number("cx_px");
  camera.cy_px = object.Number("cy_px");
  const std::string key =
      camera.IsFisheye() ? "distortion_opencv_fisheye_k1_k2_k3_k4" : "distortion_opencv_k1_k2_p1_p2_k3";
  if (object.Has(key)) {
    if (camera.IsFisheye()) {
      const Eigen::Vector4d k = object.Numbers<4>(key);
      std::copy(k.begin(), k.end(), camera.distortion.begin());
    } else {
      const Eigen::Matrix<double, 5, 1> k = object.Numbers<5>(key);
      std::copy(k.begin(), k.end(), camera.distortion.begin());
    }
  }
  object.RefuseUnknownKeys();
  return camera;
}

ShotPrior ReadPrior(Object object) {
  ShotPrior prior;
  const Eigen::Matrix3d cam_from_moon = object.Rotation("cam_from_moon_rotation");
  const Eigen::Vector3d position = object.Numbers<3>("camera_position_in_moon_m");
  // 10 km below the sphere is lower than any ground.
  if (!(position.norm() > dem::kMoonRadius_m - 10e3)) {
    object.Refuse("camera_position_in_moon_m", "lies inside the Moon: metres from its centre are needed");
  }
  prior.moon_from_cam.linear() = cam_from_moon.transpose();
  prior.moon_from_cam.translation() = position;
  prior.position_sigma_m = object.PositiveNumber("position_sigma_m");
  prior.attitude_sigma_rad = dem::DegToRad(object.PositiveNumber("attitude_sigma_deg"));
  object.RefuseUnknownKeys();
  return prior;
}

dem::LatLon ReadSubSolarPoint(Object object) {
  const double latitude_deg = object.Number("sub_solar_latitude_deg");
  const double longitude_deg = object.Number("sub_solar_longitude_deg");
  if (std::abs(latitude_deg) > 90) object.Refuse("sub_solar_latitude_deg", "must be between -90 and 90");
  if (std::abs(longitude_deg) > 360) object.Refuse("sub_solar_longitude_deg", "must be between -360 and 360");
  object.RefuseUnknownKeys();
  return {dem::DegToRad(latitude_deg), dem::WrapLongitude(dem::DegToRad(longitude_deg))};
}

json ParseFile(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) throw dem::DataError(path, "no such file");
  if (!std::filesystem::is_regular_file(path)) throw dem::DataError(path, "not a file");
  std::ifstream stream(path);
  if (!stream) throw dem::DataError(path, "cannot be opened for reading");
  try {
    return json::parse(stream);
  } catch (const json::exception& e) {
    throw dem::DataError(path, std::string("not valid JSON: ") + e.what());
  }
}

}  // namespace

Shot ReadShot(const std::filesystem::path& path) {
  const json content = ParseFile(path);
  Object root(path, content, "");
  Shot shot;
  shot.image = path.parent_path() / root.Text("image");
  shot.time_utc = root.Text("time_utc");
  try {
    dem::ParseUtc(shot.time_utc);
  } catch (const std::invalid_argument& error) {
    throw dem::DataError(path, std::string("time_utc: ") + error.what());
  }
  shot.camera = ReadCamera(root.Child("camera"));
  if (root.Has("prior")) shot.prior = ReadPrior(root.Child("prior"));
  if (root.Has("sun")) shot.sub_solar = ReadSubSolarPoint(root.Child("sun"));
  root.RefuseUnknownKeys();
  return shot;
}

dem::Sun SunOfShot(const Shot& shot, const dem::Site& site) {
  if (!shot.sub_solar) return dem::SunAt(dem::ParseUtc(shot.time_utc), site);
  constexpr double kSunDistance_m = 149'597'870'700;
  const Eigen::Vector3d to_sun_in_moon =
      kSunDistance_m * dem::DirectionInMoon(*shot.sub_solar) - site.moon_from_site.translation();
  dem::Sun sun;
  sun.direction_to_sun_in_site = site.moon_from_site.linear().transpose() * to_sun_in_moon.normalized();
  return sun;
}

}  // namespace perilune::datasets
