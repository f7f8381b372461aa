#include "tools/crater_trials/curve_pictures.h"

#include <cstdio>

#include "tools/report/standalone_svg.h"
#include "tools/report/svg_plot.h"

namespace perilune::tools {
namespace {

/// A line with points and bars: the share of right answers among the fit views; dashed: among all.
void AddCurve(Plot& plot, const SuccessCurve& curve) {
  const std::string css_class = curve.mode;
  PlotPoints fit{curve.mode == "lost" ? "lost in space" : "attitude " + curve.mode, css_class, {}, {}};
  PlotLine of_all{"", css_class + " all", {}, {}};
  for (const SuccessCurve::Point& point : curve.points) {
    const Proportion& right = point.outcomes.right_of_fit;
    fit.x.push_back(point.x);
    fit.y.push_back(100 * right.Value());
    fit.low.push_back(100 * right.Low());
    fit.high.push_back(100 * right.High());
    of_all.x.push_back(point.x);
    of_all.y.push_back(100 * point.outcomes.right_of_all.Value());
  }
  plot.lines.push_back({"", css_class, fit.x, fit.y});
  if (curve.variable != kDetectedVariable) plot.lines.push_back(of_all);
  plot.points.push_back(fit);
}

/// The wrong answers of all curves of a variable, as text.
std::string WrongText(const CurvePanel& panel, const std::vector<SuccessCurve>& curves) {
  Proportion wrong;
  for (const SuccessCurve& curve : curves) {
    if (curve.variable != panel.variable) continue;
    for (const SuccessCurve::Point& point : curve.points) {
      wrong.events += point.outcomes.wrong_of_all.events;
      wrong.trials += point.outcomes.wrong_of_all.trials;
    }
  }
  return std::to_string(wrong.events) + " of " + std::to_string(wrong.trials) + " views";
}

Plot PlotOf(const CurvePanel& panel, const std::vector<SuccessCurve>& curves) {
  Plot plot;
  plot.title = panel.title;
  plot.x = {panel.x_label, AxisScale::kLinear, 1, true};
  plot.y = {"right answers, %", AxisScale::kLinear, 1, true};
  plot.width_px = 520;
  plot.height_px = 280;
  for (const SuccessCurve& curve : curves) {
    if (curve.variable == panel.variable) AddCurve(plot, curve);
  }
  return plot;
}

}  // namespace

std::string CurveSvg(const CurvePicture& picture, const std::vector<SuccessCurve>& curves,
                     const std::string& made_by) {
  StandaloneSvg svg;
  for (const CurvePanel& panel : picture.panels) svg.panels.push_back(PlotOf(panel, curves));
  svg.columns = 2;
  svg.caption = {
      "Points: of views with at least 6 (attitude known) or 8 (lost in space) craters truly detected, with "
      "Clopper and Pearson's two-sided 95 % intervals. Dashed: of all views.",
      "Where not varied: centres 1 px, axes 3 %, 30 % missed, 20 % false, the whole catalogue. " + made_by,
      "Wrong answers: left " + WrongText(picture.panels[0], curves) + ", right " +
          WrongText(picture.panels[1], curves) + "."};
  // Colours: Okabe and Ito (2008).
  svg.colours =
      ".line.known{stroke:#0072b2}.line.lost{stroke:#d55e00}.all{stroke-dasharray:4 3;stroke-width:1.2}"
      ".dots.known{fill:#0072b2}.dots.lost{fill:#d55e00}.known .bar{stroke:#0072b2}.lost "
      ".bar{stroke:#d55e00}";
  return ToText(svg);
}

std::string CurveTable(const std::vector<SuccessCurve>& curves) {
  std::string table =
      "| varied | value | mode | views | with enough craters | of these right | right, of all | wrong, of "
      "all "
      "|\n|---|---|---|---|---|---|---|---|\n";
  const auto text = [](const Proportion& share) {
    if (share.trials == 0) return std::string("0 of 0");
    char buffer[96];
    std::snprintf(buffer, sizeof buffer, "%d: %.1f %% (%.1f–%.1f)", share.events, 100 * share.Value(),
                  100 * share.Low(), 100 * share.High());
    return std::string(buffer);
  };
  for (const SuccessCurve& curve : curves) {
    for (const SuccessCurve::Point& point : curve.points) {
      const Outcomes& outcomes = point.outcomes;
      char head[128];
      std::snprintf(head, sizeof head, "| %s | %g | %s | %d | %d | ", curve.variable.c_str(), point.x,
                    curve.mode.c_str(), outcomes.right_of_all.trials, outcomes.right_of_fit.trials);
      table += head + text(outcomes.right_of_fit) + " | " + text(outcomes.right_of_all) + " | " +
               text(outcomes.wrong_of_all) + " |\n";
    }
  }
  return table;
}

}  // namespace perilune::tools
