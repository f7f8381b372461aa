#include <algorithm>
#include <vector>

#include "datasets/formats/markup_text.h"
#include "tools/report/sections.h"
#include "tools/report/svg_plot.h"

namespace perilune::tools {
namespace {

constexpr std::size_t kMostRows = 400;

/// What a reader looks for: starts, changes of the map level, refused measurements. Accepted routine updates
/// are only counted.
bool IsNotable(const datasets::EventRow& event) { return event.dof == 0 || !event.accepted; }

/// Events alike but for their time, as one row.
struct EventGroup {
  datasets::EventRow first;
  std::int64_t last_t_ns = 0;
  int count = 0;
};

std::vector<EventGroup> NotableGroups(const ReportData& data) {
  std::vector<EventGroup> groups;
  for (const datasets::EventRow& event : data.events) {
    if (!IsNotable(event)) continue;
    const auto alike = std::find_if(groups.begin(), groups.end(), [&](const EventGroup& group) {
      return event.dof == 0 && group.first.dof == 0 && group.first.kind == event.kind &&
             group.first.source == event.source && group.first.text == event.text;
    });
    if (alike == groups.end()) {
      groups.push_back({event, event.t_ns, 1});
    } else {
      alike->last_t_ns = event.t_ns;
      ++alike->count;
    }
  }
  return groups;
}

std::string Verdict(const datasets::EventRow& event) {
  if (event.accepted) return event.dof > 0 ? "accepted" : "";
  return event.dof > 0 ? "gated" : "refused";
}

std::string GroupHtml(const ReportData& data, const EventGroup& group) {
  const datasets::EventRow& event = group.first;
  std::string time = FixedText(data.Seconds(event.t_ns), 2);
  if (group.count > 1) time += " … " + FixedText(data.Seconds(group.last_t_ns), 2);
  const std::string nis = event.dof > 0 ? FixedText(event.nis, 1) + " / " + std::to_string(event.dof) : "";
  const std::string threshold = event.dof > 0 ? FixedText(event.threshold, 1) : "";
  const auto words = [](const std::string& text) {
    return "<td class='words'>" + datasets::EscapeMarkup(text) + "</td>";
  };
  return std::string("<tr") + (event.dof > 0 ? " class='gated'" : "") + "><td>" + time + "</td><td>" +
         (group.count > 1 ? std::to_string(group.count) + " ×" : "") + "</td>" + words(event.kind) +
         words(event.source) + words(Verdict(event)) + "<td>" + nis + "</td><td>" + threshold + "</td>" +
         words(event.text) + "</tr>";
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
  const std::vector<EventGroup> groups = NotableGroups(data);
  const std::string counts = Counts(data).empty() ? "" : "<p>" + Counts(data) + ".</p>";
  std::string rows;
  const std::size_t shown = std::min(groups.size(), kMostRows);
  for (std::size_t i = 0; i < shown; ++i) rows += GroupHtml(data, groups[i]);
  return Section(
      "events", "Events",
      counts + "<details" + (groups.size() <= 30 ? " open" : "") +
          "><summary>Starts, map levels, refused measurements" +
          (groups.size() > shown
               ? " (the first " + std::to_string(shown) + " of " + std::to_string(groups.size()) + ")"
               : "") +
          "</summary><div class='scroll'><table class='numbers'><thead><tr><th>t, s</th><th></th><th "
          "class='words'>kind</th><th class='words'>source</th><th></th><th>NIS / dof</th><th>gate</th><th "
          "class='words'>what</th></tr></thead><tbody>" +
          rows + "</tbody></table></div></details>");
}

}  // namespace perilune::tools
