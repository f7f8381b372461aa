#include <algorithm>

#include "datasets/formats/markup_text.h"

#include "tools/report/sections.h"
#include "tools/report/svg_plot.h"

namespace perilune::tools {
namespace {

std::string Tile(const std::string& value, const std::string& label, const std::string& detail,
                 const std::string& mood = "") {
  return "<div class='tile " + mood + "'><div class='value'>" + value + "</div><div class='name'>" + label +
         "</div><div class='detail'>" + detail + "</div></div>";
}

int Count(const ReportData& data, nav::FixStatus status) {
  return static_cast<int>(std::count_if(data.fixes.begin(), data.fixes.end(),
                                        [&](const auto& row) { return row.fix.status == status; }));
}

std::string FixTile(const ReportData& data) {
  const int accepted = Count(data, nav::FixStatus::kAccepted);
  const int no_map = Count(data, nav::FixStatus::kNoMap);
  const int with_map = static_cast<int>(data.fixes.size()) - no_map;
  const double share = with_map > 0 ? 100.0 * accepted / with_map : 0;
  return Tile(std::to_string(accepted) + "<small> / " + std::to_string(with_map) + "</small>",
              "accepted fixes",
              FixedText(share, 1) + " % of images with a map" +
                  (no_map > 0 ? "; " + std::to_string(no_map) + " without" : ""),
              share >= 95 ? "good" : "");
}

std::string ErrorTile(const PositionMetrics& fix) {
  const ErrorMetrics& errors = fix.map_relative;
  if (!errors.horizontal_error_m) return "";
  std::string value = FixedText(errors.horizontal_error_m->p95, 1) + "<small> m</small>";
  std::string detail = "p50 " + FixedText(errors.horizontal_error_m->p50, 1) + " m";
  bool good = false;
  if (errors.horizontal_error_map_px) {
    value = FixedText(errors.horizontal_error_map_px->p95, 2) + "<small> map px</small>";
    detail = FixedText(errors.horizontal_error_m->p95, 1) + " m; p50 " +
             FixedText(errors.horizontal_error_map_px->p50, 2) + " px";
    good = errors.horizontal_error_map_px->p95 < 1;
  }
  return Tile(value, "horizontal error, p95", "fixes, map-relative; " + detail, good ? "good" : "");
}

std::string NeesTile(const PositionMetrics& fix) {
  if (!fix.map_relative.nees_position) return "";
  const Nees& nees = *fix.map_relative.nees_position;
  return Tile(FixedText(nees.mean, 2) + "<small> of " + std::to_string(nees.dof) + "</small>",
              "position NEES", "mean of " + std::to_string(nees.count) + " fixes, map-relative");
}

std::string FalseTile(const PositionMetrics& fix) {
  if (!fix.false_count) return "";
  return Tile(std::to_string(*fix.false_count), "false fixes", "accepted, yet beyond 5 sigma or 3 u",
              *fix.false_count == 0 ? "good" : "bad");
}

std::string SiteTile(const HazardMetrics& hazards) {
  if (!hazards.best_site) return "";
  const bool safe = hazards.best_site->truly_safe;
  return Tile(safe ? "safe" : "unsafe", "best site, on the true ground", "slope and roughness within limits?",
              safe ? "good" : "bad");
}

std::string Cells(const std::optional<Percentiles>& value) {
  if (!value) return "<td>–</td><td>–</td><td>–</td><td>–</td>";
  const int digits = value->max < 10 ? 2 : 1;
  std::string cells;
  for (const double number : {value->p50, value->p95, value->p99, value->max}) {
    cells += "<td>" + FixedText(number, digits) + "</td>";
  }
  return cells;
}

std::string ErrorRows(const std::string& name, const ErrorMetrics& errors) {
  if (!errors.horizontal_error_m) return "";
  std::string nees = "–";
  if (errors.nees_position) {
    nees = FixedText(errors.nees_position->mean, 2) + " <span class='soft'>[" +
           FixedText(errors.nees_position->band_95[0], 2) + ", " +
           FixedText(errors.nees_position->band_95[1], 2) + "]</span>";
  }
  return "<tr><th>" + name + "</th>" + Cells(errors.horizontal_error_m) +
         Cells(errors.horizontal_error_map_px) + Cells(errors.vertical_error_m) + "<td>" + nees +
         "</td></tr>";
}

std::string ErrorTable(const Metrics& metrics) {
  std::string rows;
  if (metrics.fix) {
    rows += ErrorRows("fix, map-relative", metrics.fix->map_relative);
    rows += ErrorRows("fix, absolute", metrics.fix->absolute);
  }
  if (metrics.state) {
    rows += ErrorRows("state, map-relative", metrics.state->map_relative);
    rows += ErrorRows("state, absolute", metrics.state->absolute);
  }
  if (rows.empty()) return "";
  std::string head =
      "<tr><th rowspan='2'></th><th colspan='4'>horizontal error, m</th><th colspan='4'>horizontal "
      "error, map px</th><th colspan='4'>vertical error, m</th><th rowspan='2'>position NEES<br>"
      "<span class='soft'>[95 % band, 3 dof]</span></th></tr><tr>";
  for (int i = 0; i < 3; ++i) head += "<th>p50</th><th>p95</th><th>p99</th><th>max</th>";
  return "<div class='scroll'><table class='numbers'><thead>" + head + "</tr></thead><tbody>" + rows +
         "</tbody></table></div><p class='caption'>Errors of accepted fixes and of all states against the "
         "truth. "
         "Map-relative: against the truth as the map shows it, moved by the map's known tie error. Map "
         "pixel: that of "
         "the level in use. The NEES band holds for independent frames; frames of one run share the map's "
         "errors."
         "</p>";
}

}  // namespace

std::string SummarySection(const ReportData& data) {
  std::string tiles = data.fixes.empty() ? "" : FixTile(data);
  if (data.metrics && data.metrics->fix) {
    tiles += ErrorTile(*data.metrics->fix) + NeesTile(*data.metrics->fix) + FalseTile(*data.metrics->fix);
  }
  if (data.metrics && data.metrics->hazards) tiles += SiteTile(*data.metrics->hazards);
  std::string body = "<div class='tiles'>" + tiles + "</div>";
  if (data.metrics) {
    body += ErrorTable(*data.metrics);
  } else {
    body += Note("No errors are known: run `perilune evaluate RUN --truth SEQ` where a truth exists.");
  }
  return "<section id='summary'>" + body + "</section>";
}

std::string Section(const std::string& id, const std::string& heading, const std::string& body) {
  return "<section id='" + id + "'><h2>" + heading + "</h2>" + body + "</section>";
}

std::string Note(const std::string& text) {
  return "<p class='note'>" + datasets::EscapeMarkup(text) + "</p>";
}

std::string Figure(const std::string& content, const std::string& caption) {
  return "<figure>" + content + "<figcaption>" + caption + "</figcaption></figure>";
}

}  // namespace perilune::tools
