#include "tools/campaign/stanford_plot.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "tools/report/standalone_svg.h"

namespace perilune::tools {
namespace {

constexpr std::size_t kMostDrawn = 2000;  // inside their level, a panel

struct Axis {
  const char* name;
  double (*error_m)(const ErrorTerm&);
  double ProtectedPosition::*level_m;
};

constexpr Axis kAxes[] = {
    {"horizontal", [](const ErrorTerm& term) { return term.Horizontal_m(); },
     &ProtectedPosition::horizontal_m},
    {"vertical", [](const ErrorTerm& term) { return std::abs(term.error_m.z()); },
     &ProtectedPosition::vertical_m},
};

void Thin(PlotPoints& points) {
  const std::size_t step = (points.x.size() + kMostDrawn - 1) / kMostDrawn;
  if (step <= 1) return;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < points.x.size(); i += step, ++kept) {
    points.x[kept] = points.x[i];
    points.y[kept] = points.y[i];
  }
  points.x.resize(kept);
  points.y.resize(kept);
}

Plot PanelOf(const std::vector<RunResult>& runs, std::size_t risk, const Axis& axis) {
  PlotPoints within{"", "within", {}, {}, 1.2}, beyond{"", "beyond", {}, {}, 1.6};
  double least_m = HUGE_VAL, largest_m = 0;
  for (const RunResult& run : runs) {
    for (const PositionError& error : run.errors.states) {
      if (error.outcome == Outcome::kNoMap || !error.protection || !error.map_relative) continue;
      const double error_m = axis.error_m(*error.map_relative);
      const double level_m = (*error.protection)[risk].*axis.level_m;
      PlotPoints& points = error_m > level_m ? beyond : within;
      points.x.push_back(error_m);
      points.y.push_back(level_m);
      least_m = std::min(least_m, level_m);
      largest_m = std::max({largest_m, level_m, error_m});
    }
  }
  const std::size_t all = within.x.size() + beyond.x.size();
  char title[128];
  std::snprintf(title, sizeof title, "%s, risk %g: %zu of %zu beyond", axis.name, kVerifiedRisks[risk],
                beyond.x.size(), all);
  Plot plot;
  plot.title = title;
  plot.x = {std::string(axis.name) + " error, m", AxisScale::kLog};
  plot.y = {"protection level, m", AxisScale::kLog};
  plot.width_px = 480;
  plot.height_px = 360;
  if (all == 0) return plot;
  Thin(within);
  const double low_m = std::min(0.1 * least_m, largest_m);
  plot.lines.push_back({"", "diagonal", {low_m, largest_m}, {low_m, largest_m}});
  plot.points = {std::move(within), std::move(beyond)};
  return plot;
}

}  // namespace

std::string StanfordSvg(const std::string& scenario, const std::vector<RunResult>& runs) {
  StandaloneSvg svg;
  bool any = false;
  for (std::size_t risk = 0; risk < kVerifiedRisks.size(); ++risk) {
    for (const Axis& axis : kAxes) {
      svg.panels.push_back(PanelOf(runs, risk, axis));
      any = any || !svg.panels.back().points.empty();
    }
  }
  if (!any) return "";
  svg.columns = 2;
  svg.caption = {
      "States of " + std::to_string(runs.size()) + " runs of " + scenario +
          ", map-relative. Right of the line (vermilion) the error is larger than the level stated for it.",
      "Levels for sensors of which none lies. Of the states within their level at most " +
          std::to_string(kMostDrawn) + " a panel are drawn, evenly thinned; all that are beyond."};
  // Colours: Okabe and Ito (2008).
  svg.colours = ".line.diagonal{stroke:#333}.dots.within{fill:#0072b2}.dots.beyond{fill:#d55e00}";
  return ToText(svg);
}

}  // namespace perilune::tools
