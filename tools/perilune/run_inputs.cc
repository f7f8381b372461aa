#include "tools/perilune/run_inputs.h"

#include <bit>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "datasets/formats/dem_hash.h"
#include "datasets/formats/fnv1a.h"
#include "dem/io/data_error.h"

namespace perilune::tools {
namespace {

using Inputs = nlohmann::ordered_json;

template <typename Numbers>
Inputs ListOf(const Numbers& numbers) {
  Inputs list = Inputs::array();
  for (const double number : numbers) list.push_back(number);
  return list;
}

Inputs MatrixOf(const Eigen::Isometry3d& pose) { return ListOf(pose.matrix().reshaped<Eigen::RowMajor>()); }

Inputs CameraOf(const vision::Camera& camera) {
  return {{"model", camera.model},         {"width_px", camera.width_px},
          {"height_px", camera.height_px}, {"fx_px", camera.fx_px},
          {"fy_px", camera.fy_px},         {"cx_px", camera.cx_px},
          {"cy_px", camera.cy_px},         {"distortion", ListOf(camera.distortion)}};
}

Inputs ImuOf(const datasets::ImuModel& imu) {
  return {{"rate_hz", imu.rate_hz},
          {"densities", ListOf(std::vector<double>{imu.gyro_noise_radps_rthz, imu.gyro_walk_radps2_rthz,
                                                   imu.accel_noise_mps2_rthz, imu.accel_walk_mps3_rthz})},
          {"bias_sigmas", ListOf(std::vector<double>{imu.gyro_bias_sigma_radps, imu.accel_bias_sigma_mps2})}};
}

Inputs PriorOf(const datasets::Prior& prior) {
  return {{"t_ns", prior.t_ns},
          {"site_from_body", MatrixOf(prior.site_from_body)},
          {"velocity_in_site_mps", ListOf(prior.velocity_in_site_mps)},
          {"position_sigma_m", ListOf(prior.position_sigma_m)},
          {"velocity_sigma_mps", prior.velocity_sigma_mps},
          {"attitude_sigma_rad", prior.attitude_sigma_rad}};
}

std::string HashOfLevel(const dem::TerrainLevel& level) {
  datasets::Fnv1a hash;
  for (const double number : {level.x0_m, level.y0_m, level.spacing_m, level.albedo}) hash.Add(number);
  hash.Add(static_cast<std::uint32_t>(level.z_m.width));
  hash.Add(static_cast<std::uint32_t>(level.z_m.height));
  constexpr std::uint32_t kMissing = 0x7fc00000;
  for (const float z : level.z_m.data) hash.Add(std::isnan(z) ? kMissing : std::bit_cast<std::uint32_t>(z));
  return datasets::HashText(hash.value());
}

Inputs LevelOf(const nav::MapLevel& level) {
  const nav::MapDeclaration& declaration = level.declaration;
  Inputs json = {{"name", level.name},
                 {"heights", HashOfLevel(level.terrain->Level(0))},
                 {"map_pixel_m", declaration.map_pixel_m},
                 {"detail_pixel_m", declaration.DetailPixel_m()},
                 {"height_sigma_m", declaration.height_sigma_m},
                 {"height_correlation_m", declaration.height_correlation_m}};
  if (declaration.tie_sigma_horizontal_m) json["tie_horizontal_m"] = *declaration.tie_sigma_horizontal_m;
  if (declaration.tie_sigma_vertical_m) json["tie_vertical_m"] = *declaration.tie_sigma_vertical_m;
  return json;
}

Inputs MountingOf(const datasets::SequenceInfo& info) {
  return {{"body_from_cam", MatrixOf(info.body_from_cam)},
          {"body_from_imu", MatrixOf(info.body_from_imu)},
          {"body_from_beam", MatrixOf(info.body_from_beam)},
          {"body_from_star_tracker", MatrixOf(info.body_from_star_tracker)}};
}

Inputs SensorsOf(const datasets::SequenceInfo& info) {
  return {{"ranges", info.range_rate_hz > 0},
          {"range_bias_sigma_m", info.range_bias_sigma_m},
          {"attitudes", info.star_tracker_rate_hz > 0}};
}

Inputs LanderOf(const datasets::LanderLimits& lander) {
  return {{"footprint_m", lander.footprint_m},
          {"slope_limit_rad", lander.slope_limit_rad},
          {"roughness_limit_m", lander.roughness_limit_m}};
}

}  // namespace

std::string DescribeInputs(const RunInputs& inputs, const std::vector<nav::MapLevel>& levels) {
  const datasets::SequenceInfo& info = inputs.info;
  Inputs json = {{"format", "perilune-inputs-1"}, {"version", PERILUNE_VERSION}, {"sequence", info.name}};
  json["max_frames"] = inputs.max_frames;
  const NavigationChoices& choices = inputs.choices;
  json["coasting"] = {choices.track.coasting.gyro_radps_rthz, choices.track.coasting.accel_mps2_rthz};
  json["range_rejected_for_good"] = choices.range_policy == nav::RangePolicy::kRejectForGood;
  if (choices.flat_ground_sigma_m) json["flat_ground_sigma_m"] = *choices.flat_ground_sigma_m;
  json["images_used"] = choices.use_images;
  json["protection_risk"] = choices.protection.risk;
  json["epoch"] = {info.epoch_utc, info.epoch_t_ns};
  json["site_deg"] = {dem::RadToDeg(info.site.origin.latitude_rad),
                      dem::RadToDeg(info.site.origin.longitude_rad)};
  if (info.sub_solar) json["sub_solar_rad"] = {info.sub_solar->latitude_rad, info.sub_solar->longitude_rad};
  json["camera"] = CameraOf(info.camera);
  json["mounting"] = MountingOf(info);
  json["imu"] = ImuOf(info.imu);
  json["sensors"] = SensorsOf(info);
  json["lander"] = LanderOf(info.lander);
  if (info.prior) json["prior"] = PriorOf(*info.prior);
  json["maps"] = Inputs::array();
  for (const nav::MapLevel& level : levels) json["maps"].push_back(LevelOf(level));
  std::string text = "{";
  for (const auto& item : json.items()) {
    text += std::string(text.size() > 1 ? ",\n " : "\n ") + Inputs(item.key()).dump() + ": " +
            item.value().dump();
  }
  return text + "\n}\n";
}

std::uint64_t HashOfInputs(const std::string& description) {
  datasets::Fnv1a hash;
  hash.Add(std::string_view(description));
  return hash.value();
}

void RequireSameInputs(const std::filesystem::path& inputs_json, const std::string& description,
                       const std::filesystem::path& run) {
  std::ifstream file(inputs_json, std::ios::binary);
  const Inputs before = Inputs::parse(file, nullptr, false);
  if (!before.is_object()) throw dem::DataError(run, "its inputs.json is lost: --overwrite begins anew");
  const Inputs now = Inputs::parse(description);
  for (const auto& item : now.items()) {
    if (!before.contains(item.key()) || before[item.key()] != item.value()) {
      throw dem::DataError(run, "was begun with another '" + item.key() +
                                    "': give what it was begun with, or --overwrite to begin anew");
    }
  }
  for (const auto& item : before.items()) {
    if (!now.contains(item.key())) {
      throw dem::DataError(run, "was begun with a '" + item.key() + "', which is missing now");
    }
  }
}

}  // namespace perilune::tools
