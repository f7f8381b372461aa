#include "nav/output/json_lines.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <string_view>

namespace perilune::nav {

namespace {

/// One JSON object on one line, member by member.
class JsonObject {
 public:
  void Add(std::string_view name, std::string_view text) {
    Name(name);
    AppendString(text);
  }
  void Add(std::string_view name, double value) {
    Name(name);
    AppendNumber(value);
  }
  void Add(std::string_view name, std::int64_t value) {
    Name(name);
    text_ += std::to_string(value);
  }
  void Add(std::string_view name, int value) { Add(name, std::int64_t{value}); }
  /// An array; matrices by rows.
  template <typename Derived>
  void Add(std::string_view name, const Eigen::MatrixBase<Derived>& matrix) {
    Name(name);
    text_ += '[';
    for (Eigen::Index row = 0; row < matrix.rows(); ++row) {
      for (Eigen::Index col = 0; col < matrix.cols(); ++col) {
        if (row + col > 0) text_ += ", ";
        AppendNumber(matrix(row, col));
      }
    }
    text_ += ']';
  }
  void Add(std::string_view name, const JsonObject& object) {
    Name(name);
    text_ += "{" + object.text_ + "}";
  }
  std::string Line() const { return "{" + text_ + "}\n"; }

 private:
  void Name(std::string_view name) {
    if (!text_.empty()) text_ += ", ";
    AppendString(name);
    text_ += ": ";
  }
  void AppendNumber(double value) {
    if (!std::isfinite(value)) {
      text_ += "null";
      return;
    }
    char digits[32];
    const auto end =
        std::to_chars(digits, digits + sizeof digits, value).ptr;  // the shortest that reads back equal
    text_.append(digits, end);
  }
  void AppendString(std::string_view text) {
    text_ += '"';
    for (const char c : text) {
      if (c == '"' || c == '\\') {
        text_ += '\\';
        text_ += c;
      } else if (static_cast<unsigned char>(c) < 0x20) {
        char escape[8];
        std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
        text_ += escape;
      } else {
        text_ += c;
      }
    }
    text_ += '"';
  }

  std::string text_;
};

void AddPlace(const LandingSite& site, JsonObject& json) {
  json.Add("latitude_rad", site.place.latitude_rad);
  json.Add("longitude_rad", site.place.longitude_rad);
  json.Add("point_in_site_m", site.point_in_site_m);
  json.Add("p_land", site.p_land);
  json.Add("slope_rad", site.slope_rad);
  json.Add("roughness_m", site.roughness_m);
  json.Add("margin_m", site.margin_m);
  json.Add("divert_distance_m", site.divert_distance_m);
  json.Add("divert_dv_mps", site.divert_dv_mps);
  json.Add("divert_time_s", site.divert_time_s);
  json.Add("reasons", site.reasons);
}

}  // namespace

std::string EncodeFixJsonLine(const Fix& fix) {
  JsonObject json;
  json.Add("type", "fix");
  json.Add("t_ns", fix.t_ns);
  json.Add("status", ToString(fix.status));
  json.Add("reason", fix.reason);
  json.Add("attempted", fix.attempted);
  json.Add("inliers", fix.inliers);
  json.Add("residual_rms_px", fix.residual_rms_px);
  json.Add("holdout_rms_px", fix.holdout_rms_px);
  if (fix.HasPose()) {
    const Eigen::Quaterniond q(fix.site_from_cam.linear());
    json.Add("position_in_site_m", fix.site_from_cam.translation());
    json.Add("site_from_cam_wxyz", Eigen::Vector4d(q.w(), q.x(), q.y(), q.z()));
    json.Add("covariance_map_relative", fix.covariance_map_relative);
    if (fix.covariance_absolute) json.Add("covariance_absolute", *fix.covariance_absolute);
  }
  return json.Line();
}

std::string EncodeLandingSiteJsonLine(const LandingSite& site, std::int64_t t_ns) {
  JsonObject json;
  json.Add("type", "landing_site");
  json.Add("t_ns", t_ns);
  json.Add("rank", site.rank);
  AddPlace(site, json);
  return json.Line();
}

std::string EncodeLandingChoiceJsonLines(const LandingChoice& choice, std::int64_t t_ns) {
  std::string lines;
  for (const LandingSite& site : choice.sites) lines += EncodeLandingSiteJsonLine(site, t_ns);
  if (!choice.sites.empty()) return lines;
  JsonObject json;
  json.Add("type", "no_landing_site");
  json.Add("t_ns", t_ns);
  json.Add("status", ToString(choice.status));
  if (choice.least_bad) {
    JsonObject place;
    AddPlace(*choice.least_bad, place);
    json.Add("least_bad", place);
  }
  return json.Line();
}

}  // namespace perilune::nav
