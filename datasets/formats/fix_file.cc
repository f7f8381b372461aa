#include "datasets/formats/fix_file.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "datasets/formats/json_object.h"
#include "dem/io/atomic_file.h"
#include "dem/io/data_error.h"

namespace perilune::datasets {
namespace {

using Json = nlohmann::ordered_json;

Json Rows(const Eigen::MatrixXd& matrix) {
  Json rows = Json::array();
  for (Eigen::Index r = 0; r < matrix.rows(); ++r) {
    Json row = Json::array();
    for (Eigen::Index c = 0; c < matrix.cols(); ++c) row.push_back(matrix(r, c));
    rows.push_back(row);
  }
  return rows;
}

Json Vector(const Eigen::Vector3d& v) { return Json::array({v.x(), v.y(), v.z()}); }

void AddPose(Json& json, const nav::Fix& fix, const FixQuestion& question) {
  const Eigen::Isometry3d moon_from_cam = question.site.moon_from_site * fix.site_from_cam;
  json["camera_position_in_moon_m"] = Vector(moon_from_cam.translation());
  json["cam_from_moon_rotation"] = Rows(moon_from_cam.linear().transpose());
  const dem::Geodetic place = dem::GeodeticFromMoon(moon_from_cam.translation());
  json["camera_latitude_deg"] = dem::RadToDeg(place.place.latitude_rad);
  json["camera_longitude_deg"] = dem::RadToDeg(place.place.longitude_rad);
  json["camera_height_above_sphere_m"] = place.height_m;
  const dem::Vector6d correction = dem::PoseDifference(question.site_from_cam_prior, fix.site_from_cam);
  json["correction_from_prior_east_north_up_m"] = Vector(correction.tail<3>());
  json["correction_from_prior_theta_cam_rad"] = Vector(correction.head<3>());
  json["covariance_order"] = {"theta_x_cam_rad", "theta_y_cam_rad", "theta_z_cam_rad",
                              "east_m",          "north_m",         "up_m"};
  json["covariance_frame"] =
      "rotation about the camera's axes, applied on the right of site_from_cam; position east-north-up at "
      "`site`";
  json["site"] = {{"latitude_deg", dem::RadToDeg(question.site.origin.latitude_rad)},
                  {"longitude_deg", dem::RadToDeg(question.site.origin.longitude_rad)}};
  json["covariance_map_relative"] = Rows(fix.covariance_map_relative);
  if (fix.covariance_absolute) json["covariance_absolute"] = Rows(*fix.covariance_absolute);
  json["horizontal_sigma_map_relative_m"] = fix.HorizontalSigma_m();
  if (fix.weak_direction) json["weak_direction_east_north_up"] = Vector(fix.weak_direction->tail<3>());
}

Json Landmark(const nav::FixMatch& row) {
  return {
      {"id", row.match.landmark_id},
      {"pixel", {row.match.pixel_px.x(), row.match.pixel_px.y()}},
      {"residual", {row.residual_px.x(), row.residual_px.y()}},
      {"sigma_px", {std::sqrt(row.match.covariance_px2(0, 0)), std::sqrt(row.match.covariance_px2(1, 1))}},
      {"score", row.match.score},
      {"inlier", row.inlier}};
}

}  // namespace

void WriteFixJson(const std::filesystem::path& path, const nav::Fix& fix, const FixQuestion& question) {
  Json json;
  json["format"] = "perilune-fix-1";
  json["image"] = question.image;
  json["map"] = question.map;
  json["time_utc"] = question.time_utc;
  json["status"] = nav::ToString(fix.status);
  if (!fix.reason.empty()) json["reason"] = fix.reason;
  json["matches"] = fix.attempted;
  json["matched"] = fix.matches.size();
  json["inliers"] = fix.inliers;
  json["map_pixel_m"] = fix.map_pixel_m;
  json["ground_sample_m"] = fix.ground_sample_m;
  if (fix.ambiguity_ratio) json["ambiguity_ratio"] = *fix.ambiguity_ratio;
  if (fix.HasPose()) {
    json["residual_rms_px"] = fix.residual_rms_px;
    if (std::isfinite(fix.holdout_rms_px)) json["holdout_rms_px"] = fix.holdout_rms_px;
    AddPose(json, fix, question);
  }
  Json landmarks = Json::array();
  for (const nav::FixMatch& row : fix.matches) landmarks.push_back(Landmark(row));
  json["landmarks"] = landmarks;
  dem::WriteFileAtomically(path, json.dump(1) + "\n");
}

Eigen::Isometry3d ReadFixPose(const std::filesystem::path& path) {
  const JsonObject fix(path);
  if (!fix.Has("cam_from_moon_rotation")) {
    throw dem::DataError(path, "has no pose (status " + fix.Text("status") + ")");
  }
  Eigen::Isometry3d moon_from_cam = Eigen::Isometry3d::Identity();
  moon_from_cam.linear() = fix.Rotation("cam_from_moon_rotation").transpose();
  moon_from_cam.translation() = Eigen::Vector3d::Map(fix.Numbers("camera_position_in_moon_m", 3).data());
  return moon_from_cam;
}

}  // namespace perilune::datasets
