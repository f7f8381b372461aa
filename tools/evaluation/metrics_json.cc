#include <fstream>
#include <nlohmann/json.hpp>

#include "dem/io/data_error.h"
#include "tools/evaluation/metrics.h"

namespace perilune::tools {
namespace {

using Json = nlohmann::ordered_json;

// Put is a template that all of these are seen by.
Json Write(const Percentiles& value);
Json Write(const Nees& value);
Json Write(const ErrorMetrics& value);
Json Write(const PositionMetrics& value);
Json Write(const BestSite& value);
Json Write(const HazardMetrics& value);

Json Write(const Percentiles& value) {
  return Json{{"p50", value.p50}, {"p95", value.p95}, {"p99", value.p99}, {"max", value.max}};
}

Json Write(const Nees& value) {
  return Json{{"mean", value.mean}, {"dof", value.dof}, {"count", value.count}, {"band_95", value.band_95}};
}

template <typename T>
void Put(Json& json, const char* key, const std::optional<T>& value) {
  if (!value) return;
  if constexpr (std::is_arithmetic_v<T>) {
    json[key] = *value;
  } else {
    json[key] = Write(*value);
  }
}

Json Write(const ErrorMetrics& value) {
  Json json = Json::object();
  Put(json, "horizontal_error_m", value.horizontal_error_m);
  Put(json, "horizontal_error_map_px", value.horizontal_error_map_px);
  Put(json, "vertical_error_m", value.vertical_error_m);
  Put(json, "nees_position", value.nees_position);
  return json;
}

Json Write(const PositionMetrics& value) {
  Json json{
      {"frames", value.frames}, {"accepted", value.accepted}, {"weak", value.weak}, {"no_map", value.no_map}};
  Put(json, "false", value.false_count);
  Put(json, "availability", value.availability);
  for (const auto& [key, errors] :
       {std::pair("map_relative", &value.map_relative), {"absolute", &value.absolute}}) {
    Json block = Write(*errors);
    if (!block.empty()) json[key] = std::move(block);
  }
  return json;
}

Json Write(const BestSite& value) {
  return Json{{"claimed_safe", value.claimed_safe}, {"truly_safe", value.truly_safe}};
}

Json Write(const HazardMetrics& value) {
  Json json = Json::object();
  Put(json, "best_site", value.best_site);
  Put(json, "false_safe_rate", value.false_safe_rate);
  Put(json, "false_alarm_rate", value.false_alarm_rate);
  if (value.cells > 0) json["cells"] = value.cells;
  return json;
}

template <typename T>
std::optional<T> Get(const Json& json, const char* key);

template <typename T>
T Read(const Json& json) {
  if constexpr (std::is_same_v<T, Percentiles>) {
    return {json.at("p50"), json.at("p95"), json.at("p99"), json.at("max")};
  } else if constexpr (std::is_same_v<T, Nees>) {
    return {json.at("mean"), json.at("dof"), json.at("count"),
            json.at("band_95").get<std::array<double, 2>>()};
  } else if constexpr (std::is_same_v<T, ErrorMetrics>) {
    return {Get<Percentiles>(json, "horizontal_error_m"), Get<Percentiles>(json, "horizontal_error_map_px"),
            Get<Percentiles>(json, "vertical_error_m"), Get<Nees>(json, "nees_position")};
  } else if constexpr (std::is_same_v<T, PositionMetrics>) {
    PositionMetrics value;
    value.frames = json.at("frames");
    value.accepted = json.at("accepted");
    value.weak = json.at("weak");
    value.no_map = json.at("no_map");
    value.false_count = Get<int>(json, "false");
    value.availability = Get<double>(json, "availability");
    value.map_relative = Get<ErrorMetrics>(json, "map_relative").value_or(ErrorMetrics{});
    value.absolute = Get<ErrorMetrics>(json, "absolute").value_or(ErrorMetrics{});
    return value;
  } else if constexpr (std::is_same_v<T, BestSite>) {
    return {json.at("claimed_safe"), json.at("truly_safe")};
  } else if constexpr (std::is_same_v<T, HazardMetrics>) {
    return {Get<BestSite>(json, "best_site"), Get<double>(json, "false_safe_rate"),
            Get<double>(json, "false_alarm_rate"), Get<int>(json, "cells").value_or(0)};
  } else {
    return json.get<T>();
  }
}

template <typename T>
std::optional<T> Get(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end()) return std::nullopt;
  return Read<T>(*found);
}

Json NisToJson(const std::map<std::string, Nis>& by_kind) {
  Json json = Json::object();
  for (const auto& [kind, nis] : by_kind) {
    json[kind] = {{"mean_per_dof", nis.mean_per_dof}, {"count", nis.count}, {"accepted", nis.accepted}};
  }
  return json;
}

std::map<std::string, Nis> NisFromJson(const Json& json) {
  std::map<std::string, Nis> by_kind;
  for (const auto& [kind, nis] : json.items()) {
    by_kind[kind] = {nis.at("mean_per_dof"), nis.at("count"), nis.at("accepted")};
  }
  return by_kind;
}

}  // namespace

std::string ToJson(const Metrics& metrics) {
  Json json = Json::object();
  Put(json, "fix", metrics.fix);
  Put(json, "state", metrics.state);
  if (!metrics.nis.empty()) json["nis"] = NisToJson(metrics.nis);
  for (const auto& [map, nis] : metrics.nis_by_map) json["nis_by_map"][map] = NisToJson(nis);
  Put(json, "hazards", metrics.hazards);
  return json.dump(2) + "\n";
}

Metrics ReadMetrics(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) throw dem::DataError(path, "cannot be opened: run `perilune evaluate` first");
  try {
    const Json json = Json::parse(file);
    Metrics metrics;
    metrics.fix = Get<PositionMetrics>(json, "fix");
    metrics.state = Get<PositionMetrics>(json, "state");
    metrics.hazards = Get<HazardMetrics>(json, "hazards");
    if (json.contains("nis")) metrics.nis = NisFromJson(json.at("nis"));
    if (json.contains("nis_by_map")) {
      for (const auto& [map, nis] : json.at("nis_by_map").items()) metrics.nis_by_map[map] = NisFromJson(nis);
    }
    return metrics;
  } catch (const nlohmann::json::exception& error) {
    throw dem::DataError(path, std::string("not a metrics.json: ") + error.what());
  }
}

}  // namespace perilune::tools
