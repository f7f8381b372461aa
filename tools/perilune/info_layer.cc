#include "tools/perilune/info_layer.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "tools/perilune/interrupt.h"

namespace perilune::tools {
namespace {

constexpr char kQuantity[] = "QUANTITY";
constexpr char kClasses[] = "PERILUNE_CLASSES", kReasons[] = "PERILUNE_REASONS";

std::string ItemOf(const dem::RasterMetadata& metadata, const std::string& key) {
  for (const auto& [name, value] : metadata) {
    if (name == key) return value;
  }
  return "";
}

/// Calls `take(value)` for every pixel, NaN where there is no data.
template <typename Take>
void ForEachValue(const dem::RasterFile& file, const Take& take) {
  constexpr std::int64_t kPixelsAtOnce = 4'000'000;
  const int rows_at_once = static_cast<int>(std::max<std::int64_t>(1, kPixelsAtOnce / file.width()));
  for (int row = 0; row < file.height(); row += rows_at_once) {
    CheckInterrupted();
    const int rows = std::min(rows_at_once, file.height() - row);
    for (const float value : file.ReadWindow(0, row, file.width(), rows).grid.data) take(value);
  }
}

nlohmann::ordered_json ValuesOf(const dem::RasterFile& file, double cells) {
  double lowest = std::numeric_limits<double>::infinity(), highest = -lowest, sum = 0, valid = 0;
  ForEachValue(file, [&](float value) {
    if (std::isnan(value)) return;
    lowest = std::min(lowest, static_cast<double>(value));
    highest = std::max(highest, static_cast<double>(value));
    sum += static_cast<double>(value);
    ++valid;
  });
  nlohmann::ordered_json json{{"valid_share", valid / cells}};
  if (valid > 0) json["values"] = {{"min", lowest}, {"max", highest}, {"mean", sum / valid}};
  return json;
}

/// Share of the pixels by code; codes that do not occur are absent. No data is code 0.
nlohmann::ordered_json CodesOf(const dem::RasterFile& file, double cells) {
  std::map<int, double> count;
  ForEachValue(file, [&](float value) { ++count[std::isnan(value) ? 0 : static_cast<int>(value)]; });
  nlohmann::ordered_json json;
  for (const auto& [code, n] : count) json["share_by_code"][std::to_string(code)] = n / cells;
  return json;
}

}  // namespace

bool IsHazardLayer(const dem::RasterDescription& description) {
  return !ItemOf(description.band_metadata, kQuantity).empty();
}

nlohmann::ordered_json DescribeHazardLayer(const dem::RasterFile& file,
                                           const dem::RasterDescription& description) {
  const double cells = static_cast<double>(file.width()) * file.height();
  nlohmann::ordered_json layer;
  for (const auto& [key, value] : description.band_metadata) {
    if (key.rfind("STATISTICS_", 0) != 0) layer["band"][key] = value;
  }
  layer["unit"] = description.unit;
  const bool coded = !ItemOf(description.band_metadata, kClasses).empty() ||
                     !ItemOf(description.band_metadata, kReasons).empty();
  layer.update(coded ? CodesOf(file, cells) : ValuesOf(file, cells));
  for (const auto& [key, value] : description.metadata) {
    if (key.rfind("PERILUNE_", 0) == 0) layer["made_with"][key] = value;
  }
  return layer;
}

void PrintHazardLayer(const nlohmann::ordered_json& layer) {
  const std::string unit = layer["unit"] == "1" ? "" : " " + layer["unit"].get<std::string>();
  std::printf("layer        %s\n", layer["band"][kQuantity].get<std::string>().c_str());
  for (const auto& [key, value] : layer["band"].items()) {
    if (key != kQuantity) std::printf("             %s %s\n", key.c_str(), value.get<std::string>().c_str());
  }
  if (layer.contains("values")) {
    const auto& values = layer["values"];
    std::printf("values       %.4g to %.4g%s, mean of the pixels %.4g\n", values["min"].get<double>(),
                values["max"].get<double>(), unit.c_str(), values["mean"].get<double>());
  }
  if (layer.contains("valid_share"))
    std::printf("valid        %.4f %% of the pixels\n", 100 * layer["valid_share"].get<double>());
  if (layer.contains("share_by_code")) {
    for (const auto& [code, share] : layer["share_by_code"].items())
      std::printf("code %-7s %.4f %% of the pixels\n", code.c_str(), 100 * share.get<double>());
  }
  if (!layer.contains("made_with")) return;
  for (const auto& [key, value] : layer["made_with"].items()) {
    if (key != kClasses && key != kReasons)
      std::printf("made with    %s %s\n", key.c_str(), value.get<std::string>().c_str());
  }
}

}  // namespace perilune::tools
