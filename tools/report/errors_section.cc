#include <cmath>
#include <limits>

#include "tools/evaluation/distributions.h"
#include "tools/report/sections.h"
#include "tools/report/svg_plot.h"

namespace perilune::tools {
namespace {

constexpr const char* kTimeLabel = "time since the first image, s";
constexpr const char* kAxisNames[] = {"East", "North", "Up"};

struct Against {
  const char* name;
  std::optional<ErrorTerm> PositionError::*term;
  Eigen::Matrix3d datasets::StateRow::*covariance;
};

PlotBand ThreeSigmaBand(const ReportData& data, const Against& against, int axis) {
  PlotBand band{"±3 sigma of the state", "b-sigma", {}, {}, {}};
  for (const datasets::StateRow& row : data.states) {
    const double reach = 3 * std::sqrt((row.*against.covariance)(axis, axis));
    band.x.push_back(data.Seconds(row.state.t_ns));
    band.low.push_back(-reach);
    band.high.push_back(reach);
  }
  return band;
}

Plot ErrorPlot(const ReportData& data, const Against& against, int axis) {
  Plot plot{std::string(kAxisNames[axis]) + ", " + against.name, {kTimeLabel}, {"error, m"}, {}, {}, {}};
  plot.height_px = 235;
  plot.y.scale = AxisScale::kAsinh;
  plot.bands = {ThreeSigmaBand(data, against, axis)};
  double finest = std::numeric_limits<double>::infinity();
  for (const double reach : plot.bands.front().high) {
    if (reach > 0) finest = std::min(finest, reach);
  }
  plot.y.threshold = std::isfinite(finest) ? std::pow(10, std::floor(std::log10(finest))) : 1;
  if (!data.errors) return plot;
  PlotLine state{"state", "c-state", {}, {}};
  for (const PositionError& error : data.errors->states) {
    const auto& term = error.*against.term;
    state.x.push_back(data.Seconds(error.t_ns));
    state.y.push_back(term ? term->error_m[axis] : std::numeric_limits<double>::quiet_NaN());
  }
  PlotPoints accepted{"fix", "c-fix", {}, {}};
  PlotPoints weak{"weak fix", "c-weak", {}, {}};
  for (const PositionError& error : data.errors->fixes) {
    const auto& term = error.*against.term;
    if (!term) continue;
    PlotPoints& points = error.outcome == Outcome::kAccepted ? accepted : weak;
    points.x.push_back(data.Seconds(error.t_ns));
    points.y.push_back(term->error_m[axis]);
  }
  plot.lines = {state};
  plot.points = {accepted};
  if (!weak.x.empty()) plot.points.push_back(weak);
  return plot;
}

/// A dashed horizontal line over the run.
PlotLine Level(const ReportData& data, double value, const std::string& label) {
  const double end = data.Seconds(data.states.back().state.t_ns);
  return {label, "c-level", {0, end}, {value, value}};
}

std::string NeesPlot(const ReportData& data) {
  const double low = ChiSquareQuantile(0.025, 3), high = ChiSquareQuantile(0.975, 3);
  const double end = data.Seconds(data.states.back().state.t_ns);
  PlotBand band{"95 % of χ²(3)", "b-chi", {0, end}, {low, low}, {high, high}};
  PlotPoints fix{"fix", "c-fix", {}, {}}, state{"state", "c-statedot", {}, {}, 1.8};
  const auto add = [&](PlotPoints& points, const PositionError& error) {
    if (!error.map_relative || !error.map_relative->nees || *error.map_relative->nees <= 0) return;
    points.x.push_back(data.Seconds(error.t_ns));
    points.y.push_back(std::max(1e-2, *error.map_relative->nees));
  };
  for (const PositionError& error : data.errors->states) add(state, error);
  for (const PositionError& error : data.errors->fixes) {
    if (error.outcome == Outcome::kAccepted) add(fix, error);
  }
  Plot plot{"Position NEES, map-relative", {kTimeLabel}, {"NEES"}, {band},
            {Level(data, 3, "")},          {state, fix}};
  plot.y.scale = AxisScale::kLog;
  return Figure(ToSvg(plot),
                "Squared Mahalanobis distance of the 3-D position error; dashed: its expectation, 3. "
                "Values below 0.01 are drawn at 0.01.");
}

std::string NisPlot(const ReportData& data) {
  PlotPoints fix{"fix", "c-fix", {}, {}}, range{"range", "c-orange", {}, {}, 1.7},
      attitude{"attitude", "c-sky", {}, {}, 1.7}, gated{"gated", "c-gated", {}, {}, 3};
  for (const datasets::EventRow& event : data.events) {
    if (event.dof <= 0 || !(event.nis > 0)) continue;
    PlotPoints& points = !event.accepted         ? gated
                         : event.kind == "fix"   ? fix
                         : event.kind == "range" ? range
                                                 : attitude;
    points.x.push_back(data.Seconds(event.t_ns));
    points.y.push_back(std::max(1e-2, event.nis / event.dof));
  }
  Plot plot{"NIS per degree of freedom",  {kTimeLabel}, {"NIS / dof"}, {}, {Level(data, 1, "")},
            {attitude, range, fix, gated}};
  plot.y.scale = AxisScale::kLog;
  return Figure(ToSvg(plot),
                "Normalised innovation squared of each update; dashed: its expectation, 1. Values below "
                "0.01 are drawn at 0.01.");
}

}  // namespace

std::string ErrorsSection(const ReportData& data) {
  if (data.states.empty())
    return Section("errors", "Position error and its bounds", Note("The run has no states."));
  const Against map_relative{"map-relative", &PositionError::map_relative,
                             &datasets::StateRow::map_relative_position_covariance_m2};
  const Against absolute{"absolute", &PositionError::absolute,
                         &datasets::StateRow::absolute_position_covariance_m2};
  std::string body = "<div class='pair tight'>";
  for (int axis = 0; axis < 3; ++axis) {
    body += ToSvg(ErrorPlot(data, map_relative, axis)) + ToSvg(ErrorPlot(data, absolute, axis));
  }
  body +=
      "</div><p class='caption'>Estimate − truth in the site frame (east, north, up), m. The vertical scale "
      "is "
      "linear near zero and logarithmic beyond the first labelled value. Left: against the truth as the map "
      "shows "
      "it; right: against the truth, where the map's tie error remains.</p>";
  if (!data.errors) body = Note("No truth is known: only what the estimate claims is shown.") + body;
  return Section("errors", "Position error and its bounds", body);
}

std::string ConsistencySection(const ReportData& data) {
  if (data.states.empty()) return "";
  std::string plots;
  if (data.errors) plots += NeesPlot(data);
  if (!data.events.empty()) plots += NisPlot(data);
  if (plots.empty()) return "";
  return Section("consistency", "Consistency", "<div class='pair'>" + plots + "</div>");
}

std::string MatchingSection(const ReportData& data) {
  if (data.fixes.empty()) return "";
  PlotLine attempted{"attempted", "c-truth", {}, {}}, matched{"matched", "c-sky", {}, {}},
      inliers{"inliers", "c-fixline", {}, {}};
  PlotLine residual{"residual", "c-state", {}, {}}, holdout{"held out", "c-orange", {}, {}};
  const double missing = std::numeric_limits<double>::quiet_NaN();
  for (const datasets::FixRow& row : data.fixes) {
    const double t = data.Seconds(row.fix.t_ns);
    for (PlotLine* line : {&attempted, &matched, &inliers, &residual, &holdout}) line->x.push_back(t);
    attempted.y.push_back(row.fix.attempted);
    matched.y.push_back(row.matches);
    inliers.y.push_back(row.fix.inliers);
    residual.y.push_back(row.fix.HasPose() ? row.fix.residual_rms_px : missing);
    holdout.y.push_back(row.fix.HasPose() ? row.fix.holdout_rms_px : missing);
  }
  Plot counts{"Landmarks per image", {kTimeLabel}, {"count"}, {}, {attempted, matched, inliers}, {}};
  counts.y.from_zero = true;
  Plot residuals{"Residuals of the inliers", {kTimeLabel}, {"px, RMS"}, {}, {residual}, {}};
  for (const double value : holdout.y) {
    if (std::isfinite(value)) {
      residuals.lines.push_back(holdout);
      break;
    }
  }
  residuals.y.from_zero = true;
  return Section(
      "matching", "Matching",
      "<div class='pair'>" + Figure(ToSvg(counts), "Map landmarks attempted, matched, and kept as inliers.") +
          Figure(ToSvg(residuals), "Per inlier, √(mean |r|²); gaps where an image gave no pose.") + "</div>");
}

}  // namespace perilune::tools
