#include "datasets/formats/frame_journal.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "datasets/formats/dem_hash.h"
#include "datasets/formats/fix_status.h"
#include "datasets/formats/iso_crc32.h"
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

Json Matrix3ToJson(const Eigen::Matrix3d& m) {
  return ToJson(Eigen::Matrix<double, 9, 1>(m.reshaped<Eigen::RowMajor>()));
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
          {"sigma_px", ToJson(sigma_px)},
          {"covariance_xy_px2", match.covariance_px2(0, 1)},
          {"patch_px", match.patch_size_px}};
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

Eigen::Matrix3d Matrix3FromJson(const Json& array, const std::string& key) {
  return VectorFromJson<9>(array, key).reshaped<Eigen::RowMajor>(3, 3);
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
  landmark.match.covariance_px2(0, 1) = landmark.match.covariance_px2(1, 0) =
      json.at("covariance_xy_px2").get<double>();
  landmark.match.patch_size_px = json.at("patch_px").get<double>();
  return landmark;
}

/// NaN and infinity are texts: JSON has no numbers for them.
Json NumberToJson(double number) {
  if (std::isfinite(number)) return number;
  if (std::isnan(number)) return "nan";
  return number > 0 ? "inf" : "-inf";
}

double NumberFromJson(const Json& json) {
  if (json.is_number()) return json.get<double>();
  const std::string text = json.get<std::string>();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (text == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (text == "inf") return kInfinity;
  if (text == "-inf") return -kInfinity;
  throw std::invalid_argument("'" + text + "' is no number");
}

Json CovarianceToJson(const dem::Matrix6d& covariance) {
  Json array = Json::array();
  for (const double value : covariance.reshaped<Eigen::RowMajor>()) array.push_back(NumberToJson(value));
  return array;
}

dem::Matrix6d CovarianceFromJson(const Json& array) {
  if (!array.is_array() || array.size() != 36)
    throw std::invalid_argument("a covariance must have 36 numbers");
  dem::Matrix6d covariance;
  for (int i = 0; i < 36; ++i) covariance(i / 6, i % 6) = NumberFromJson(array[static_cast<std::size_t>(i)]);
  return covariance;
}

Json PoseOfFixToJson(const nav::Fix& fix) {
  Json json = {{"site_from_cam", PoseToJson(fix.site_from_cam)},
               {"covariance_map_relative", CovarianceToJson(fix.covariance_map_relative)}};
  if (fix.covariance_absolute) json["covariance_absolute"] = CovarianceToJson(*fix.covariance_absolute);
  if (fix.weak_direction) json["weak_direction"] = ToJson(*fix.weak_direction);
  return json;
}

Json EntryToJson(const FrameEntry& entry) {
  const nav::Fix& fix = entry.fix;
  Json json = {{"t_ns", fix.t_ns}, {"status", FixStatusName(fix.status)}, {"reason", fix.reason}};
  json["prior"] = {{"site_from_cam", PoseToJson(entry.site_from_cam_prior)}};
  if (fix.HasPose() || fix.beyond_prior) json["fix"] = PoseOfFixToJson(fix);
  json["map_level"] = fix.map_level;
  json["map_pixel_m"] = NumberToJson(fix.map_pixel_m);
  json["ground_sample_m"] = NumberToJson(fix.ground_sample_m);
  json["attempted"] = fix.attempted;
  json["inliers"] = fix.inliers;
  json["residual_rms_px"] = NumberToJson(fix.residual_rms_px);
  json["holdout_rms_px"] = NumberToJson(fix.holdout_rms_px);
  if (fix.ambiguity_ratio) json["ambiguity_ratio"] = NumberToJson(*fix.ambiguity_ratio);
  if (fix.halves_distance_sigma) json["halves_distance_sigma"] = NumberToJson(*fix.halves_distance_sigma);
  if (fix.attitude_offset) {
    json["attitude_offset"] = {
        {"rad", ToJson(fix.attitude_offset->offset_rad)},
        {"covariance_rad2", Matrix3ToJson(fix.attitude_offset->covariance_rad2)},
        {"of_correction_rad2", Matrix3ToJson(fix.attitude_offset->of_correction_rad2)}};
  }
  if (fix.attitude_contradicted) json["attitude_contradicted"] = true;
  if (fix.beyond_prior) json["beyond_prior"] = true;
  json["landmarks"] = Json::array();
  for (const nav::FixMatch& landmark : fix.matches) json["landmarks"].push_back(LandmarkToJson(landmark));
  return json;
}

nav::Fix FixFromJson(const Json& json) {
  nav::Fix fix;
  fix.t_ns = json.at("t_ns").get<std::int64_t>();
  const std::string status = json.at("status").get<std::string>();
  const std::optional<nav::FixStatus> known = FixStatusFromName(status);
  if (!known) throw std::invalid_argument("'" + status + "' is no status of a fix");
  fix.status = *known;
  fix.reason = json.at("reason").get<std::string>();
  fix.beyond_prior = json.value("beyond_prior", false);
  if (fix.HasPose() || fix.beyond_prior) {
    const Json& solution = json.at("fix");
    fix.site_from_cam = PoseFromJson(solution);
    fix.covariance_map_relative = CovarianceFromJson(solution.at("covariance_map_relative"));
    if (solution.contains("covariance_absolute")) {
      fix.covariance_absolute = CovarianceFromJson(solution.at("covariance_absolute"));
    }
    if (solution.contains("weak_direction")) {
      fix.weak_direction = VectorFromJson<6>(solution.at("weak_direction"), "weak_direction");
    }
  }
  fix.map_level = json.at("map_level").get<int>();
  fix.map_pixel_m = NumberFromJson(json.at("map_pixel_m"));
  fix.ground_sample_m = NumberFromJson(json.at("ground_sample_m"));
  fix.attempted = json.at("attempted").get<int>();
  fix.inliers = json.at("inliers").get<int>();
  fix.residual_rms_px = NumberFromJson(json.at("residual_rms_px"));
  fix.holdout_rms_px = NumberFromJson(json.at("holdout_rms_px"));
  if (json.contains("ambiguity_ratio")) fix.ambiguity_ratio = NumberFromJson(json.at("ambiguity_ratio"));
  if (json.contains("halves_distance_sigma")) {
    fix.halves_distance_sigma = NumberFromJson(json.at("halves_distance_sigma"));
  }
  if (json.contains("attitude_offset")) {
    const Json& offset = json.at("attitude_offset");
    fix.attitude_offset = {VectorFromJson<3>(offset.at("rad"), "attitude_offset"),
                           Matrix3FromJson(offset.at("covariance_rad2"), "covariance_rad2"),
                           Matrix3FromJson(offset.at("of_correction_rad2"), "of_correction_rad2")};
  }
  fix.attitude_contradicted = json.value("attitude_contradicted", false);
  for (const Json& landmark : json.at("landmarks")) fix.matches.push_back(LandmarkFromJson(landmark));
  return fix;
}

constexpr char kFrameKey[] = ",\"frame\":";

std::string CrcText(const std::string& bytes) {
  char text[9];
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  std::snprintf(text, sizeof text, "%08x", IsoCrc32({data, bytes.size()}));
  return text;
}

std::string ReadJournalText(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream || std::filesystem::is_directory(path)) throw dem::DataError(path, "cannot be opened");
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

/// Where the entry's own bytes begin.
std::size_t FrameBegin(const std::string& text) {
  const std::size_t key = text.find(kFrameKey);
  if (key == std::string::npos) throw std::invalid_argument("has no frame: it is cut, or another program's");
  return key + sizeof kFrameKey - 1;
}

/// The entry's own bytes, whose length and checksum hold.
std::string CheckedFrame(const std::string& text, const Json& envelope) {
  const auto length = envelope.at("length").get<std::size_t>();
  const std::size_t begin = FrameBegin(text);
  if (length > text.size() - begin || text.substr(begin + length) != "}\n") {
    throw std::invalid_argument("is cut or damaged: its length is another one");
  }
  std::string frame = text.substr(begin, length);
  if (CrcText(frame) != envelope.at("crc32").get<std::string>()) {
    throw std::invalid_argument("is damaged: its checksum is another one");
  }
  return frame;
}

}  // namespace

void WriteFrame(const std::filesystem::path& path, const FrameEntry& entry) {
  const std::string frame = EntryToJson(entry).dump();
  dem::WriteFileAtomically(path, "{\"length\":" + std::to_string(frame.size()) + ",\"crc32\":\"" +
                                     CrcText(frame) + "\",\"input\":\"" + HashText(entry.input_hash) + "\"" +
                                     kFrameKey + frame + "}\n");
}

FrameEntry ReadFrame(const std::filesystem::path& path) {
  const std::string text = ReadJournalText(path);
  try {
    const std::size_t envelope_size = FrameBegin(text) - (sizeof kFrameKey - 1);
    const Json envelope = Json::parse(text.substr(0, envelope_size) + "}");
    const Json frame = Json::parse(CheckedFrame(text, envelope));
    FrameEntry entry;
    entry.fix = FixFromJson(frame);
    entry.site_from_cam_prior = PoseFromJson(frame.at("prior"));
    const std::string hash = envelope.at("input").get<std::string>();
    const auto [end, error] = std::from_chars(hash.data(), hash.data() + hash.size(), entry.input_hash, 16);
    if (error != std::errc() || end != hash.data() + hash.size()) {
      throw std::invalid_argument("input must be a hexadecimal number");
    }
    return entry;
  } catch (const nlohmann::json::exception& error) {
    throw dem::DataError(path, error.what());
  } catch (const std::invalid_argument& error) {
    throw dem::DataError(path, error.what());
  }
}

}  // namespace perilune::datasets
