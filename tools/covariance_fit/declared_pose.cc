#include "tools/covariance_fit/declared_pose.h"

#include <Eigen/LU>
#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>

#include "dem/io/atomic_file.h"
#include "dem/io/data_error.h"
#include "vision/pose/refine_pose.h"

namespace perilune::tools {
namespace {

using Json = nlohmann::ordered_json;

template <typename Numbers>
Json ToJson(const Numbers& numbers) {
  Json array = Json::array();
  for (const double number : numbers) array.push_back(number);
  return array;
}

Json MatrixToJson(const Eigen::Ref<const Eigen::MatrixXd>& matrix) { return ToJson(matrix.reshaped()); }

/// By columns, as MatrixToJson writes them.
template <typename Matrix>
Matrix MatrixFromJson(const Json& array) {
  Matrix matrix;
  if (array.size() != static_cast<std::size_t>(matrix.size())) {
    throw std::invalid_argument(std::to_string(matrix.size()) + " numbers expected");
  }
  for (Eigen::Index i = 0; i < matrix.size(); ++i)
    matrix(i) = array[static_cast<std::size_t>(i)].get<double>();
  return matrix;
}

Json ToJson(const DeclaredPose& pose) {
  const vision::Camera& camera = pose.camera;
  Json matches = Json::array();
  for (std::size_t i = 0; i < pose.solved.matches.size(); ++i) {
    const vision::Match& match = pose.solved.matches[i];
    matches.push_back({{"pixel", MatrixToJson(match.pixel_px)},
                       {"point", MatrixToJson(match.point_in_site_m)},
                       {"covariance", MatrixToJson(match.covariance_px2)},
                       {"patch", match.patch_size_px},
                       {"weight", pose.solved.weight[i]}});
  }
  return {{"group", pose.group},
          {"unit", pose.unit},
          {"camera", camera.model},
          {"size", {camera.width_px, camera.height_px}},
          {"intrinsics", {camera.fx_px, camera.fy_px, camera.cx_px, camera.cy_px}},
          {"distortion", ToJson(camera.distortion)},
          {"site_from_cam", MatrixToJson(pose.solved.site_from_cam.matrix())},
          {"prior_information", MatrixToJson(pose.solved.prior_information)},
          {"map",
           {pose.map.map_pixel_m, pose.map.detail_pixel_m, pose.map.height_sigma_m,
            pose.map.height_correlation_m}},
          {"to_sun", MatrixToJson(pose.sun.direction_to_sun_in_site)},
          {"pixel_m", pose.pixel_m},
          {"error", MatrixToJson(pose.error)},
          {"matches", matches}};
}

DeclaredPose FromJson(const Json& json) {
  DeclaredPose pose;
  pose.group = json.at("group").get<std::string>();
  pose.unit = json.at("unit").get<std::string>();
  pose.camera.model = json.at("camera").get<std::string>();
  const auto size = MatrixFromJson<Eigen::Vector2d>(json.at("size"));
  pose.camera.width_px = static_cast<int>(size.x());
  pose.camera.height_px = static_cast<int>(size.y());
  const auto intrinsics = MatrixFromJson<Eigen::Vector4d>(json.at("intrinsics"));
  pose.camera.fx_px = intrinsics[0];
  pose.camera.fy_px = intrinsics[1];
  pose.camera.cx_px = intrinsics[2];
  pose.camera.cy_px = intrinsics[3];
  const auto distortion = MatrixFromJson<Eigen::Matrix<double, 5, 1>>(json.at("distortion"));
  std::copy(distortion.begin(), distortion.end(), pose.camera.distortion.begin());
  pose.camera.Validate();
  pose.solved.site_from_cam.matrix() = MatrixFromJson<Eigen::Matrix4d>(json.at("site_from_cam"));
  pose.solved.prior_information = MatrixFromJson<dem::Matrix6d>(json.at("prior_information"));
  const auto map = MatrixFromJson<Eigen::Vector4d>(json.at("map"));
  pose.map.map_pixel_m = map[0];
  pose.map.detail_pixel_m = map[1];
  pose.map.height_sigma_m = map[2];
  pose.map.height_correlation_m = map[3];
  pose.sun.direction_to_sun_in_site = MatrixFromJson<Eigen::Vector3d>(json.at("to_sun"));
  pose.pixel_m = json.at("pixel_m").get<double>();
  pose.error = MatrixFromJson<dem::Vector6d>(json.at("error"));
  for (const Json& row : json.at("matches")) {
    vision::Match match;
    match.pixel_px = MatrixFromJson<Eigen::Vector2d>(row.at("pixel"));
    match.point_in_site_m = MatrixFromJson<Eigen::Vector3d>(row.at("point"));
    match.covariance_px2 = MatrixFromJson<Eigen::Matrix2d>(row.at("covariance"));
    match.patch_size_px = row.at("patch").get<double>();
    pose.solved.matches.push_back(match);
    pose.solved.weight.push_back(row.at("weight").get<double>());
  }
  return pose;
}

}  // namespace

dem::Matrix6d DeclaredPose::Covariance(const nav::MatchErrorModel& model) const {
  return nav::MapRelativeCovariance(solved, camera, map, sun, model, pixel_m);
}

DeclaredPose DeclaredPoseOf(const nav::Fix& fix, const vision::Camera& camera, const nav::PosePrior& prior,
                            const nav::MapDeclaration& map, const dem::Sun& sun,
                            const Eigen::Isometry3d& truth_on_map) {
  DeclaredPose pose;
  pose.camera = camera;
  pose.map = map;
  pose.sun = sun;
  pose.pixel_m = std::max(map.DetailPixel_m(), fix.ground_sample_m);
  std::vector<int> all;
  for (const nav::FixMatch& row : fix.matches) {
    if (!row.inlier) continue;
    all.push_back(static_cast<int>(all.size()));
    pose.solved.matches.push_back(row.match);
  }
  std::optional<vision::PosePriorFactor> attitude;
  if (prior.use_attitude) {
    attitude.emplace(vision::PosePriorFactor{prior.site_from_cam, dem::Matrix6d::Zero()});
    attitude->information.topLeftCorner<3, 3>() = prior.covariance.topLeftCorner<3, 3>().inverse();
    pose.solved.prior_information = attitude->information;
  }
  const vision::RefinedPose refined =
      vision::RefinePose(pose.solved.matches, all, camera, fix.site_from_cam, attitude);
  if (!refined.usable) throw std::runtime_error("the pose of a fix's inliers did not converge again");
  pose.solved.site_from_cam = refined.site_from_cam;
  pose.solved.weight = refined.weight;
  pose.error = dem::PoseDifference(refined.site_from_cam, truth_on_map);
  return pose;
}

void WriteDeclaredPoses(const std::filesystem::path& path, const std::vector<DeclaredPose>& poses) {
  std::string lines;
  for (const DeclaredPose& pose : poses) lines += ToJson(pose).dump() + "\n";
  dem::WriteFileAtomically(path, lines);
}

std::vector<DeclaredPose> ReadDeclaredPoses(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) throw dem::DataError(path, "cannot be read");
  std::vector<DeclaredPose> poses;
  std::string line;
  while (std::getline(file, line)) {
    try {
      poses.push_back(FromJson(Json::parse(line)));
    } catch (const std::exception& error) {
      throw dem::DataError(path, "line " + std::to_string(poses.size() + 1) + ": " + error.what());
    }
  }
  return poses;
}

}  // namespace perilune::tools
