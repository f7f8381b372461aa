#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "datasets/formats/fix_status.h"
#include "datasets/formats/run.h"
#include "dem/io/atomic_file.h"
#include "dem/io/data_error.h"

namespace perilune::datasets {
namespace {

using Json = nlohmann::ordered_json;

template <typename Vector>
Json ToJson(const Vector& v) {
  Json array = Json::array();
  for (int i = 0; i < v.size(); ++i) array.push_back(v[i]);
  return array;
}

Json PoseToJson(const Eigen::Isometry3d& pose) {
  Json array = Json::array();
  for (int row = 0; row < 4; ++row) {
    for (int col = 0; col < 4; ++col) array.push_back(pose.matrix()(row, col));
  }
  return array;
}

Json LandmarkToJson(const nav::FixMatch& landmark) {
  const vision::Match& match = landmark.match;
  const Eigen::Vector2d sigma_px = match.covariance_px2.diagonal().cwiseSqrt();
  return {{"id", match.landmark_id},
          {"pixel", ToJson(match.pixel_px)},
          {"residual", ToJson(landmark.residual_px)},
          {"inlier", landmark.inlier},
          {"score", match.score},
          {"point", ToJson(match.point_in_site_m)},
          {"sigma_px", ToJson(sigma_px)}};
}

template <int N>
Eigen::Matrix<double, N, 1> VectorFromJson(const Json& array, const std::string& key) {
  if (!array.is_array() || array.size() != N) {
    throw std::invalid_argument(key + " must have " + std::to_string(N) + " numbers");
  }
  Eigen::Matrix<double, N, 1> v;
  for (int i = 0; i < N; ++i) v[i] = array[static_cast<std::size_t>(i)].get<double>();
  return v;
}

Eigen::Isometry3d PoseFromJson(const Json& pose) {
  const Eigen::Matrix<double, 16, 1> m = VectorFromJson<16>(pose.at("site_from_cam"), "site_from_cam");
  Eigen::Isometry3d site_from_cam;
  site_from_cam.matrix() = m.reshaped<Eigen::RowMajor>(4, 4);
  return site_from_cam;
}

nav::FixMatch LandmarkFromJson(const Json& json) {
  nav::FixMatch landmark;
  landmark.match.landmark_id = json.at("id").get<std::int64_t>();
  landmark.match.pixel_px = VectorFromJson<2>(json.at("pixel"), "pixel");
  landmark.residual_px = VectorFromJson<2>(json.at("residual"), "residual");
  landmark.inlier = json.at("inlier").get<bool>();
  landmark.match.score = json.at("score").get<double>();
  landmark.match.point_in_site_m = VectorFromJson<3>(json.at("point"), "point");
  const Eigen::Vector2d sigma_px = VectorFromJson<2>(json.at("sigma_px"), "sigma_px");
  landmark.match.covariance_px2 = sigma_px.cwiseAbs2().asDiagonal();
  return landmark;
}

nav::Fix FixFromJson(const Json& json) {
  nav::Fix fix;
  fix.t_ns = json.at("t_ns").get<std::int64_t>();
  const std::string status = json.at("status").get<std::string>();
  const std::optional<nav::FixStatus> known = FixStatusFromName(status);
  if (!known) throw std::invalid_argument("'" + status + "' is no status of a fix");
  fix.status = *known;
  if (fix.HasPose()) fix.site_from_cam = PoseFromJson(json.at("fix"));
  for (const Json& landmark : json.at("landmarks")) fix.matches.push_back(LandmarkFromJson(landmark));
  for (const nav::FixMatch& landmark : fix.matches) fix.inliers += landmark.inlier ? 1 : 0;
  return fix;
}

}  // namespace

void WriteFrame(const std::filesystem::path& path, const nav::Fix& fix,
                const Eigen::Isometry3d& site_from_cam_prior) {
  Json json = {{"t_ns", fix.t_ns}, {"status", FixStatusName(fix.status)}};
  json["prior"] = {{"site_from_cam", PoseToJson(site_from_cam_prior)}};
  if (fix.HasPose()) json["fix"] = {{"site_from_cam", PoseToJson(fix.site_from_cam)}};
  json["landmarks"] = Json::array();
  for (const nav::FixMatch& landmark : fix.matches) json["landmarks"].push_back(LandmarkToJson(landmark));
  dem::WriteFileAtomically(path, json.dump() + "\n");
}

nav::Fix ReadFrame(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw dem::DataError(path, "cannot be opened");
  try {
    return FixFromJson(Json::parse(stream));
  } catch (const nlohmann::json::exception& error) {
    throw dem::DataError(path, error.what());
  } catch (const std::invalid_argument& error) {
    throw dem::DataError(path, error.what());
  }
}

}  // namespace perilune::datasets
