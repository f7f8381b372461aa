#include "datasets/formats/shot.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "datasets/formats/json_object.h"
#include "dem/ephemeris/sub_solar.h"
#include "dem/ephemeris/time_scales.h"
#include "dem/io/data_error.h"

namespace perilune::datasets {
namespace {

vision::Camera ReadCamera(const JsonObject& object) {
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
    const std::vector<double> k = object.Numbers(key, camera.IsFisheye() ? 4 : 5);
    std::copy(k.begin(), k.end(), camera.distortion.begin());
  }
  object.RefuseUnknownKeys();
  return camera;
}

ShotPrior ReadPrior(const JsonObject& object) {
  ShotPrior prior;
  const Eigen::Matrix3d cam_from_moon = object.Rotation("cam_from_moon_rotation");
  const Eigen::Vector3d position =
      Eigen::Vector3d::Map(object.Numbers("camera_position_in_moon_m", 3).data());
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

dem::LatLon ReadSubSolarPoint(const JsonObject& object) {
  const double latitude_deg = object.Number("sub_solar_latitude_deg");
  const double longitude_deg = object.Number("sub_solar_longitude_deg");
  if (std::abs(latitude_deg) > 90) object.Refuse("sub_solar_latitude_deg", "must be between -90 and 90");
  if (std::abs(longitude_deg) > 360) object.Refuse("sub_solar_longitude_deg", "must be between -360 and 360");
  object.RefuseUnknownKeys();
  return {dem::DegToRad(latitude_deg), dem::WrapLongitude(dem::DegToRad(longitude_deg))};
}

}  // namespace

Shot ReadShot(const std::filesystem::path& path) {
  const JsonObject root(path);
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
  if (shot.sub_solar) return dem::SunOver(*shot.sub_solar, site);
  return dem::SunAt(dem::ParseUtc(shot.time_utc), site);
}

}  // namespace perilune::datasets
