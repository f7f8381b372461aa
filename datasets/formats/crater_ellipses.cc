#include "datasets/formats/crater_ellipses.h"

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "dem/io/atomic_file.h"
#include "dem/io/data_error.h"

namespace perilune::datasets {
namespace {

using Json = nlohmann::ordered_json;

/// One ellipse of the file, which knows its name in messages.
class EllipseEntry {
 public:
  EllipseEntry(const std::filesystem::path& path, const Json& json, std::size_t index)
      : path_(path), json_(json), name_("ellipses[" + std::to_string(index) + "]") {
    if (!json.is_object()) Refuse("", "must be an object");
    for (const auto& [key, value] : json.items()) {
      if (key != "x_px" && key != "y_px" && key != "semi_major_px" && key != "semi_minor_px" &&
          key != "angle_rad" && key != "covariance" && key != "score") {
        Refuse("." + key, "is an unknown key");
      }
    }
  }

  vision::CraterDetection Read() const {
    vision::CraterDetection detection;
    detection.centre_px = {Number("x_px"), Number("y_px")};
    detection.axes = {Positive("semi_major_px"), Positive("semi_minor_px"), Number("angle_rad")};
    if (json_.contains("covariance")) detection.covariance = Covariance();
    if (json_.contains("score")) detection.score = Number("score");
    return detection;
  }

 private:
  [[noreturn]] void Refuse(const std::string& key, const std::string& problem) const {
    throw dem::DataError(path_, name_ + key + ": " + problem);
  }

  double Number(const std::string& key) const {
    if (!json_.contains(key) || !json_[key].is_number()) Refuse("." + key, "must be a number");
    const double value = json_[key].get<double>();
    if (!std::isfinite(value)) Refuse("." + key, "must be finite");
    return value;
  }

  double Positive(const std::string& key) const {
    const double value = Number(key);
    if (!(value > 0)) Refuse("." + key, "must be positive");
    return value;
  }

  vision::Matrix5d Covariance() const {
    const Json& rows = json_["covariance"];
    vision::Matrix5d covariance;
    if (!rows.is_array() || rows.size() != 5) Refuse(".covariance", "must have 5 rows");
    for (int r = 0; r < 5; ++r) {
      const Json& row = rows[static_cast<std::size_t>(r)];
      if (!row.is_array() || row.size() != 5) Refuse(".covariance", "must have 5 numbers a row");
      for (int c = 0; c < 5; ++c) {
        const Json& number = row[static_cast<std::size_t>(c)];
        if (!number.is_number()) Refuse(".covariance", "must hold numbers");
        covariance(r, c) = number.get<double>();
      }
    }
    if (!covariance.isApprox(covariance.transpose(), 1e-9) || !(covariance.diagonal().minCoeff() > 0)) {
      Refuse(".covariance", "must be symmetric with a positive diagonal");
    }
    return covariance;
  }

  const std::filesystem::path& path_;
  const Json& json_;
  std::string name_;
};

template <typename Matrix>
Json RowsOf(const Matrix& matrix) {
  Json rows = Json::array();
  for (Eigen::Index r = 0; r < matrix.rows(); ++r) {
    Json row = Json::array();
    for (Eigen::Index c = 0; c < matrix.cols(); ++c) row.push_back(matrix(r, c));
    rows.push_back(row);
  }
  return rows;
}

Json IdentityOf(const vision::CraterMatch& match, const dem::Crater& crater) {
  return {{"id", crater.id},
          {"latitude_deg", dem::RadToDeg(crater.centre.latitude_rad)},
          {"longitude_deg", dem::RadToDeg(crater.centre.longitude_rad)},
          {"diameter_m", 2 * std::sqrt(crater.semi_major_m * crater.semi_minor_m)},
          {"residual_px", match.residual_px},
          {"chi2", match.chi2},
          {"probability", match.probability},
          {"score", match.score}};
}

}  // namespace

std::vector<vision::CraterDetection> ReadCraterEllipses(const std::filesystem::path& path) {
  std::ifstream stream(path);
  if (!std::filesystem::is_regular_file(path) || !stream) throw dem::DataError(path, "cannot be opened");
  const Json json = Json::parse(stream, nullptr, false);
  if (json.is_discarded() || !json.is_object()) throw dem::DataError(path, "is no JSON object");
  if (!json.contains("ellipses") || !json["ellipses"].is_array()) {
    throw dem::DataError(path, "ellipses: must be a list");
  }
  std::vector<vision::CraterDetection> detections;
  for (const Json& entry : json["ellipses"]) {
    detections.push_back(EllipseEntry(path, entry, detections.size()).Read());
  }
  return detections;
}

void WriteCraterEllipses(const std::filesystem::path& path, const vision::CraterDetections& found,
                         const std::string& image) {
  Json json;
  json["image"] = image;
  json["sun_direction_deg"] = dem::RadToDeg(found.sun_direction_rad);
  json["ellipses"] = Json::array();
  for (const vision::DetectedCrater& crater : found.craters) {
    Json entry{{"x_px", crater.rim.centre_px.x()},
               {"y_px", crater.rim.centre_px.y()},
               {"semi_major_px", crater.rim.axes.semi_major},
               {"semi_minor_px", crater.rim.axes.semi_minor},
               {"angle_rad", crater.rim.axes.angle_rad},
               {"score", crater.rim.score}};
    if (crater.rim.covariance) entry["covariance"] = RowsOf(*crater.rim.covariance);
    json["ellipses"].push_back(entry);
  }
  dem::WriteFileAtomically(path, json.dump(2) + "\n");
}

void WriteIdentification(const std::filesystem::path& path, const vision::Identification& found,
                         std::size_t ellipses, const std::vector<dem::Crater>& catalogue,
                         const IdentificationQuestion& question) {
  const bool identified = found.status == vision::IdentifyStatus::kIdentified;
  Json json;
  json["status"] = identified ? "identified" : "none";
  if (!identified) json["reason"] = found.reason;
  json["image"] = question.image;
  json["time_utc"] = question.time_utc;
  json["catalog"] = question.catalog;
  json["attitude"] = question.attitude;
  json["hypotheses"] = found.hypotheses;
  json["log10_false_alarms"] = found.log10_false_alarms;
  json["matches"] = identified ? found.matches.size() : 0;
  Json list = Json::array();
  for (std::size_t i = 0; i < ellipses; ++i) list.push_back({{"identity", nullptr}});
  if (identified) {
    for (const vision::CraterMatch& match : found.matches) {
      list[static_cast<std::size_t>(match.detection)]["identity"] =
          IdentityOf(match, catalogue[static_cast<std::size_t>(match.crater)]);
    }
    const Eigen::Vector3d position = found.pose.moon_from_cam.translation();
    json["camera_position_in_moon_m"] = {position.x(), position.y(), position.z()};
    const Eigen::Matrix3d cam_from_moon = found.pose.moon_from_cam.linear().transpose();
    json["cam_from_moon_rotation"] = RowsOf(cam_from_moon);
    json["covariance_rows"] = "turn about the camera's x, y, z (rad), then moon x, y, z (m)";
    json["covariance_map_relative"] = RowsOf(found.pose.covariance);
    if (found.covariance_absolute) json["covariance_absolute"] = RowsOf(*found.covariance_absolute);
    json["chi2"] = found.pose.chi2;
    json["variance_scale"] = found.pose.variance_scale;
  }
  json["ellipses"] = list;
  dem::WriteFileAtomically(path, json.dump(2) + "\n");
}

}  // namespace perilune::datasets
