#include <algorithm>

#include "tools/report/sections.h"
#include "tools/report/svg_plot.h"

namespace perilune::tools {
namespace {

constexpr std::size_t kMostRows = 400;

/// What a reader looks for: starts, changes of the map level, refused measurements. Accepted routine updates
/// are only counted.
bool IsNotable(const datasets::EventRow& event) { return event.dof == 0 || !event.accepted; }

std::string EventRowHtml(const ReportData& data, const datasets::EventRow& event) {
  const bool gated = event.dof > 0 && !event.accepted;
  const std::string nis = event.dof > 0 ? FixedText(event.nis, 1) + " / " + std::to_string(event.dof) : "";
  const std::string threshold = event.dof > 0 ? FixedText(event.threshold, 1) : "";
  return std::string("<tr") + (gated ? " class='gated'" : "") + "><td>" +
         FixedText(data.Seconds(event.t_ns), 2) + "</td><td class='words'>" + EscapeHtml(event.kind) +
         "</td><td class='words'>" + EscapeHtml(event.source) + "</td><td class='words'>" +
         (event.dof > 0 ? (event.accepted ? "accepted" : "gated") : "") + "</td><td>" + nis + "</td><td>" +
         threshold + "</td><td class='words'>" + EscapeHtml(event.text) + "</td></tr>";
}

std::string Counts(const ReportData& data) {
  std::string text;
  for (const char* kind : {"fix", "range", "attitude"}) {
    int all = 0, accepted = 0;
    for (const datasets::EventRow& event : data.events) {
      if (event.kind != kind || event.dof == 0) continue;
      ++all;
      accepted += event.accepted ? 1 : 0;
    }
    if (all == 0) continue;
    text += std::string(text.empty() ? "" : "; ") + kind + ": " + std::to_string(accepted) + " of " +
            std::to_string(all) + " updates accepted";
  }
  return text;
}

}  // namespace

std::string EventsSection(const ReportData& data) {
  if (data.events.empty()) return Section("events", "Events", Note("The run has no events."));
  std::string rows;
  std::size_t shown = 0, notable = 0;
  for (const datasets::EventRow& event : data.events) {
    if (!IsNotable(event)) continue;
    ++notable;
    if (shown == kMostRows) continue;
    ++shown;
    rows += EventRowHtml(data, event);
  }
  std::string body = "<p>" + Counts(data) + ".</p>";
  if (notable == 0) return Section("events", "Events", body + Note("Nothing was refused."));
  body += "<details" + std::string(notable <= 30 ? " open" : "") + "><summary>" + std::to_string(notable) +
          " notable events: starts, map levels, refused measurements" +
          (notable > shown ? " (the first " + std::to_string(shown) + ")" : "") +
          "</summary><div class='scroll'><table class='numbers'><thead><tr><th>t, s</th><th "
          "class='words'>kind</th><th "
          "class='words'>source</th><th></th><th>NIS / dof</th><th>gate</th><th "
          "class='words'>what</th></tr></thead>"
          "<tbody>" +
          rows + "</tbody></table></div></details>";
  return Section("events", "Events", body);
}

}  // namespace perilune::tools
