#include "tools/evaluation/table.h"

#include <cstdio>
#include <functional>

#include "tools/evaluation/column_table.h"

namespace perilune::tools {
namespace {

using Cell = std::function<std::optional<std::string>(const Metrics&)>;

struct TableRow {
  std::string label;
  Cell cell;
};

std::string Text(const char* format, double value) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, format, value);
  return buffer;
}

std::string FourOf(const Percentiles& value) {
  const char* format = value.max < 10 ? "%.2f" : "%.1f";
  return Text(format, value.p50) + " / " + Text(format, value.p95) + " / " + Text(format, value.p99) + " / " +
         Text(format, value.max);
}

std::string NeesText(const Nees& nees) {
  return Text("%.2f", nees.mean) + " of " + std::to_string(nees.dof) + " (" + Text("%.2f", nees.band_95[0]) +
         "-" + Text("%.2f", nees.band_95[1]) + ")";
}

void AddErrors(std::vector<TableRow>& rows, const std::string& name,
               std::optional<PositionMetrics> Metrics::*part, ErrorMetrics PositionMetrics::*against) {
  const auto percentiles = [=](std::optional<Percentiles> ErrorMetrics::*which) -> Cell {
    return [=](const Metrics& metrics) -> std::optional<std::string> {
      const auto& position = metrics.*part;
      if (!position || !((*position).*against.*which)) return std::nullopt;
      return FourOf(*((*position).*against.*which));
    };
  };
  rows.push_back({name + " horizontal, m", percentiles(&ErrorMetrics::horizontal_error_m)});
  rows.push_back({name + " horizontal, map px", percentiles(&ErrorMetrics::horizontal_error_map_px)});
  rows.push_back({name + " vertical, m", percentiles(&ErrorMetrics::vertical_error_m)});
  rows.push_back({name + " NEES", [=](const Metrics& metrics) -> std::optional<std::string> {
                    const auto& position = metrics.*part;
                    if (!position || !((*position).*against).nees_position) return std::nullopt;
                    return NeesText(*((*position).*against).nees_position);
                  }});
}

Cell Count(const std::function<std::optional<double>(const PositionMetrics&)>& value, const char* format) {
  return [=](const Metrics& metrics) -> std::optional<std::string> {
    if (!metrics.fix) return std::nullopt;
    const auto number = value(*metrics.fix);
    if (!number) return std::nullopt;
    return Text(format, *number);
  };
}

Cell Hazard(const std::function<std::optional<std::string>(const HazardMetrics&)>& value) {
  return [=](const Metrics& metrics) { return metrics.hazards ? value(*metrics.hazards) : std::nullopt; };
}

std::optional<std::string> Percent(const std::optional<double>& share) {
  if (!share) return std::nullopt;
  return Text("%.2f %%", 100 * *share);
}

std::vector<TableRow> Rows() {
  std::vector<TableRow> rows = {
      {"images", Count([](const PositionMetrics& fix) { return fix.frames; }, "%.0f")},
      {"accepted fixes", Count([](const PositionMetrics& fix) { return fix.accepted; }, "%.0f")},
      {"weak", Count([](const PositionMetrics& fix) { return fix.weak; }, "%.0f")},
      {"no map", Count([](const PositionMetrics& fix) { return fix.no_map; }, "%.0f")},
      {"false fixes", Count([](const PositionMetrics& fix) { return fix.false_count; }, "%.0f")},
      {"availability", Count(
                           [](const PositionMetrics& fix) -> std::optional<double> {
                             if (!fix.availability) return std::nullopt;
                             return 100 * *fix.availability;
                           },
                           "%.1f %%")}};
  AddErrors(rows, "fix, map-relative:", &Metrics::fix, &PositionMetrics::map_relative);
  AddErrors(rows, "fix, absolute:", &Metrics::fix, &PositionMetrics::absolute);
  AddErrors(rows, "state, map-relative:", &Metrics::state, &PositionMetrics::map_relative);
  AddErrors(rows, "state, absolute:", &Metrics::state, &PositionMetrics::absolute);
  rows.push_back({"best site", Hazard([](const HazardMetrics& hazards) -> std::optional<std::string> {
                    if (!hazards.best_site) return std::nullopt;
                    return std::string(hazards.best_site->truly_safe ? "truly safe" : "TRULY UNSAFE");
                  })});
  rows.push_back({"false-safe rate",
                  Hazard([](const HazardMetrics& hazards) { return Percent(hazards.false_safe_rate); })});
  rows.push_back({"false-alarm rate",
                  Hazard([](const HazardMetrics& hazards) { return Percent(hazards.false_alarm_rate); })});
  return rows;
}

}  // namespace

std::string MetricsTable(const std::vector<std::pair<std::string, Metrics>>& runs) {
  ColumnTable lines = {{"errors as p50 / p95 / p99 / max"}};
  for (const auto& [name, metrics] : runs) lines.front().push_back(name);
  for (const TableRow& row : Rows()) {
    std::vector<std::string> line = {row.label};
    bool any = false;
    for (const auto& [name, metrics] : runs) {
      const auto cell = row.cell(metrics);
      any = any || cell.has_value();
      line.push_back(cell.value_or("-"));
    }
    if (any) lines.push_back(std::move(line));
  }
  return ColumnText(lines);
}

}  // namespace perilune::tools
