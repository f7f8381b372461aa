#include <nlohmann/json.hpp>

#include "tools/campaign/aggregate.h"

namespace perilune::tools {
namespace {

using Json = nlohmann::ordered_json;

Json WriteValue(double value) { return value; }
Json WriteValue(const Percentiles& value) {
  return Json{{"p50", value.p50}, {"p95", value.p95}, {"p99", value.p99}, {"max", value.max}};
}
Json WriteValue(const BootstrapMean& value) {
  return Json{{"mean", value.mean}, {"bootstrap_95", {value.low, value.high}}, {"runs", value.count}};
}
Json WriteValue(const NeesOverRuns& value) {
  Json json = WriteValue(value.mean);
  json["dof"] = value.dof;
  json["interval_contains_dof"] = value.interval_contains_dof;
  json["mean_within_limits"] = value.mean_within_limits;
  return json;
}
Json WriteValue(const Rate& value) {
  return Json{{"events", value.events}, {"trials", value.trials}, {"upper_95", value.upper_95}};
}

template <typename T>
void PutValue(Json& json, const char* key, const std::optional<T>& value) {
  if (value) json[key] = WriteValue(*value);
}

Json WriteErrors(const PooledErrors& value) {
  Json json = Json::object();
  PutValue(json, "horizontal_error_m", value.horizontal_error_m);
  PutValue(json, "horizontal_error_map_px", value.horizontal_error_map_px);
  PutValue(json, "vertical_error_m", value.vertical_error_m);
  PutValue(json, "nees_position", value.nees_position);
  return json;
}

Json WritePosition(const PooledPosition& value) {
  Json json{
      {"frames", value.frames}, {"accepted", value.accepted}, {"weak", value.weak}, {"no_map", value.no_map}};
  PutValue(json, "availability", value.availability);
  PutValue(json, "lowest_availability", value.lowest_availability);
  json["false"] = {{"frames", WriteValue(value.false_of_accepted)},
                   {"runs", WriteValue(value.runs_with_false)}};
  json["map_relative"] = WriteErrors(value.map_relative);
  json["absolute"] = WriteErrors(value.absolute);
  return json;
}

Json WriteProtection(const PooledProtection& value) {
  return {{"risk", value.risk},
          {"states", value.states},
          {"horizontal",
           {{"states", WriteValue(value.horizontal)},
            {"runs", WriteValue(value.runs_horizontal)},
            {"share", WriteValue(value.share_horizontal)}}},
          {"vertical",
           {{"states", WriteValue(value.vertical)},
            {"runs", WriteValue(value.runs_vertical)},
            {"share", WriteValue(value.share_vertical)}}}};
}

Json WriteHazards(const PooledHazards& value) {
  Json json{{"sites_chosen", value.sites_chosen}, {"unsafe_sites", WriteValue(value.unsafe_sites)}};
  PutValue(json, "false_safe_rate", value.false_safe_rate);
  PutValue(json, "false_alarm_rate", value.false_alarm_rate);
  return json;
}

}  // namespace

std::string ToJson(const Aggregate& aggregate) {
  Json json{{"runs", aggregate.seeds.size()}, {"seeds", aggregate.seeds}};
  if (aggregate.fix.frames > 0) json["fix"] = WritePosition(aggregate.fix);
  if (aggregate.state.frames > 0) json["state"] = WritePosition(aggregate.state);
  for (const auto& [map, position] : aggregate.fix_by_map) json["fix_by_map"][map] = WritePosition(position);
  for (const auto& [map, position] : aggregate.state_by_map)
    json["state_by_map"][map] = WritePosition(position);
  for (const PooledProtection& level : aggregate.protection)
    json["protection"].push_back(WriteProtection(level));
  for (const auto& [kind, nis] : aggregate.nis_per_dof) json["nis"][kind] = WriteValue(nis);
  for (const auto& [map, by_kind] : aggregate.nis_by_map) {
    for (const auto& [kind, nis] : by_kind) json["nis_by_map"][map][kind] = WriteValue(nis);
  }
  if (aggregate.hazards) json["hazards"] = WriteHazards(*aggregate.hazards);
  return json.dump(2) + "\n";
}

}  // namespace perilune::tools
