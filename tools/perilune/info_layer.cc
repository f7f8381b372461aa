#include "tools/perilune/info_layer.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
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

void ReadValues(const dem::RasterFile& file, double cells, HazardLayer& layer) {
  HazardLayer::Values values{std::numeric_limits<double>::infinity(),
                             -std::numeric_limits<double>::infinity(), 0};
  double valid = 0;
  ForEachValue(file, [&](float value) {
    if (std::isnan(value)) return;
    values.lowest = std::min(values.lowest, static_cast<double>(value));
    values.highest = std::max(values.highest, static_cast<double>(value));
    values.mean += static_cast<double>(value);
    ++valid;
  });
  layer.valid_share = valid / cells;
  if (valid == 0) return;
  values.mean /= valid;
  layer.values = values;
}

void ReadCodes(const dem::RasterFile& file, double cells, HazardLayer& layer) {
  ForEachValue(file, [&](float value) {
    layer.share_by_code[std::isnan(value) ? 0 : static_cast<int>(value)] += 1;
    layer.valid_share += std::isnan(value) ? 0 : 1 / cells;
  });
  for (auto& [code, share] : layer.share_by_code) share /= cells;
}

}  // namespace

bool IsHazardLayer(const dem::RasterDescription& description) {
  return !ItemOf(description.band_metadata, kQuantity).empty();
}

HazardLayer ReadHazardLayer(const dem::RasterFile& file, const dem::RasterDescription& description) {
  HazardLayer layer;
  layer.quantity = ItemOf(description.band_metadata, kQuantity);
  layer.unit = description.unit;
  for (const auto& [key, value] : description.band_metadata) {
    if (key != kQuantity && key.rfind("STATISTICS_", 0) != 0) layer.about.emplace_back(key, value);
  }
  const bool coded = !ItemOf(layer.about, kClasses).empty() || !ItemOf(layer.about, kReasons).empty();
  for (const auto& [key, value] : description.metadata) {
    if (key.rfind("PERILUNE_", 0) == 0 && key != kClasses && key != kReasons)
      layer.made_with.emplace_back(key, value);
  }
  const double cells = static_cast<double>(file.width()) * file.height();
  (coded ? ReadCodes : ReadValues)(file, cells, layer);
  return layer;
}

}  // namespace perilune::tools
