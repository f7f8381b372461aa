#include <cstdio>
#include <string>

#include "tools/campaign/aggregate.h"

namespace perilune::tools {
namespace {

std::string Text(const char* format, double value) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, format, value);
  return buffer;
}

std::string Row(const std::string& label, const std::string& fix, const std::string& state) {
  return "| " + label + " | " + fix + " | " + state + " |\n";
}

std::string PercentilesText(const std::optional<Percentiles>& value) {
  if (!value) return "–";
  const char* format = value->max < 10 ? "%.2f" : "%.1f";
  return Text(format, value->p50) + " / " + Text(format, value->p95) + " / " + Text(format, value->p99) +
         " / " + Text(format, value->max);
}

std::string NeesText(const std::optional<NeesOverRuns>& nees) {
  if (!nees) return "–";
  const std::string mean = Text("%.2f", nees->mean.mean);
  const std::string expected = " of " + std::to_string(nees->dof);
  if (nees->mean.count < 2) return mean + expected + " (one run)";
  return mean + " [" + Text("%.2f", nees->mean.low) + ", " + Text("%.2f", nees->mean.high) + "]" + expected +
         (nees->interval_contains_dof ? "; contains it" : "; MISSES it") +
         (nees->mean_within_limits ? "; in 0.8–1.25" : "; OUTSIDE 0.8–1.25");
}

std::string RateText(const Rate& rate) {
  return std::to_string(rate.events) + " of " + std::to_string(rate.trials) + " (≤ " +
         Text("%.3g", 100 * rate.upper_95) + " %)";
}

std::string PercentText(const std::optional<double>& share) {
  return share ? Text("%.1f %%", 100 * *share) : "–";
}

std::string MeanText(const std::optional<BootstrapMean>& mean, double scale, const char* unit) {
  if (!mean) return "–";
  return Text("%.2f", scale * mean->mean) + unit + " [" + Text("%.2f", scale * mean->low) + ", " +
         Text("%.2f", scale * mean->high) + "]";
}

std::string ErrorRows(const std::string& against, const PooledErrors& fix, const PooledErrors& state) {
  return Row(against + " horizontal error, m", PercentilesText(fix.horizontal_error_m),
             PercentilesText(state.horizontal_error_m)) +
         Row(against + " horizontal error, map px", PercentilesText(fix.horizontal_error_map_px),
             PercentilesText(state.horizontal_error_map_px)) +
         Row(against + " vertical error, m", PercentilesText(fix.vertical_error_m),
             PercentilesText(state.vertical_error_m)) +
         Row(against + " position NEES over runs", NeesText(fix.nees_position),
             NeesText(state.nees_position));
}

std::string ByMapTable(const std::string& what, const std::map<std::string, PooledPosition>& by_map) {
  std::string text = "\n| " + what +
                     " by map level | frames | available | horizontal, map px | horizontal, m | vertical, m "
                     "| NEES over runs |\n"
                     "|---|---|---|---|---|---|---|\n";
  for (const auto& [map, answers] : by_map) {
    text += "| " + map + " | " + std::to_string(answers.frames) + " | " + PercentText(answers.availability) +
            " | " + PercentilesText(answers.map_relative.horizontal_error_map_px) + " | " +
            PercentilesText(answers.map_relative.horizontal_error_m) + " | " +
            PercentilesText(answers.map_relative.vertical_error_m) + " | " +
            NeesText(answers.map_relative.nees_position) + " |\n";
  }
  return text;
}

std::string ProtectionTable(const std::vector<PooledProtection>& protection) {
  std::string text =
      "\n| protection level of the states, map-relative, at a risk of | given for | states beyond it, "
      "horizontal | runs with one | vertical | runs with one |\n|---|---|---|---|---|---|\n";
  for (const PooledProtection& level : protection) {
    text += "| " + Text("%g", level.risk) + " | " + std::to_string(level.horizontal.trials) + " of " +
            std::to_string(level.states) + " | " + MeanText(level.share_horizontal, 100, " %") + " | " +
            RateText(level.runs_horizontal) + " | " + MeanText(level.share_vertical, 100, " %") + " | " +
            RateText(level.runs_vertical) + " |\n";
  }
  return text;
}

std::string HazardTable(const PooledHazards& hazards) {
  return "\n| hazards | |\n|---|---|\n| chosen sites truly unsafe | " + RateText(hazards.unsafe_sites) +
         " |\n| unsafe ground called safe | " + MeanText(hazards.false_safe_rate, 100, " %") +
         " |\n| safe ground called unsafe | " + MeanText(hazards.false_alarm_rate, 100, " %") + " |\n";
}

/// A column for the whole descent and one for each map level.
std::string NisTable(const Aggregate& aggregate) {
  std::string head = "\n| innovations: NIS per degree of freedom, mean over runs | all |",
              rule = "\n|---|---|";
  for (const auto& [map, of_map] : aggregate.nis_by_map) {
    head += " " + map + " |";
    rule += "---|";
  }
  std::string text = head + rule + "\n";
  for (const auto& [kind, mean] : aggregate.nis_per_dof) {
    text += "| " + kind + " | " + MeanText(mean, 1, "") + " |";
    for (const auto& [map, of_map] : aggregate.nis_by_map) {
      const auto found = of_map.find(kind);
      text += " " + (found == of_map.end() ? "–" : MeanText(found->second, 1, "")) + " |";
    }
    text += "\n";
  }
  return text;
}

}  // namespace

std::string ToMarkdown(const std::string& scenario, const Aggregate& aggregate) {
  const PooledPosition& fix = aggregate.fix;
  const PooledPosition& state = aggregate.state;
  std::string text =
      "### " + scenario + ": " + std::to_string(aggregate.seeds.size()) + " seeds, " +
      std::to_string(aggregate.seeds.front()) + " to " + std::to_string(aggregate.seeds.back()) +
      "\n\nErrors are p50 / p95 / p99 / max over all frames of all runs; brackets are 95 % bootstrap "
      "intervals over runs; ≤ is the one-sided 95 % Clopper-Pearson bound.\n\n";
  text += "| | fixes | states |\n|---|---|---|\n";
  text += Row("frames (no map)", std::to_string(fix.frames) + " (" + std::to_string(fix.no_map) + ")",
              std::to_string(state.frames) + " (" + std::to_string(state.no_map) + ")");
  text += Row("accepted, weak", std::to_string(fix.accepted) + ", " + std::to_string(fix.weak),
              std::to_string(state.accepted) + ", " + std::to_string(state.weak));
  text += Row("availability (worst run)",
              PercentText(fix.availability) + " (" + PercentText(fix.lowest_availability) + ")",
              PercentText(state.availability) + " (" + PercentText(state.lowest_availability) + ")");
  text +=
      Row("false, over accepted frames", RateText(fix.false_of_accepted), RateText(state.false_of_accepted));
  text += Row("false, over runs", RateText(fix.runs_with_false), RateText(state.runs_with_false));
  text += ErrorRows("map-relative", fix.map_relative, state.map_relative);
  text += ErrorRows("absolute", fix.absolute, state.absolute);
  if (!aggregate.fix_by_map.empty()) text += ByMapTable("fixes", aggregate.fix_by_map);
  if (!aggregate.state_by_map.empty()) text += ByMapTable("states", aggregate.state_by_map);
  if (!aggregate.protection.empty()) text += ProtectionTable(aggregate.protection);
  if (!aggregate.nis_per_dof.empty()) text += NisTable(aggregate);
  if (aggregate.hazards) text += HazardTable(*aggregate.hazards);
  return text;
}

}  // namespace perilune::tools
