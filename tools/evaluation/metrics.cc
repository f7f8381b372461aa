#include "tools/evaluation/metrics.h"

#include <cmath>
#include <numeric>

#include "tools/evaluation/distributions.h"

namespace perilune::tools {
namespace {

ErrorMetrics SummariseErrors(const std::vector<PositionError>& errors,
                             std::optional<ErrorTerm> PositionError::*term, ErrorsOf which) {
  std::vector<double> horizontal_m, horizontal_px, vertical_m, nees;
  for (const PositionError& error : errors) {
    if (which == ErrorsOf::kAccepted && error.outcome != Outcome::kAccepted) continue;
    const std::optional<ErrorTerm>& value = error.*term;
    if (!value) continue;
    horizontal_m.push_back(value->Horizontal_m());
    if (error.map_pixel_m > 0) horizontal_px.push_back(value->Horizontal_m() / error.map_pixel_m);
    vertical_m.push_back(std::abs(value->error_m.z()));
    if (value->nees) nees.push_back(*value->nees);
  }
  ErrorMetrics metrics;
  if (!horizontal_m.empty()) {
    metrics.horizontal_error_m = SummarisePercentiles(horizontal_m);
    metrics.vertical_error_m = SummarisePercentiles(vertical_m);
  }
  if (!horizontal_px.empty()) metrics.horizontal_error_map_px = SummarisePercentiles(horizontal_px);
  metrics.nees_position = SummariseNees(nees, 3);
  return metrics;
}

}  // namespace

std::optional<Nees> SummariseNees(const std::vector<double>& nees, int dof) {
  if (nees.empty()) return std::nullopt;
  const double count = static_cast<double>(nees.size());
  Nees result;
  result.mean = std::accumulate(nees.begin(), nees.end(), 0.0) / count;
  result.dof = dof;
  result.count = static_cast<int>(nees.size());
  result.band_95 = {ChiSquareQuantile(0.025, count * dof) / count,
                    ChiSquareQuantile(0.975, count * dof) / count};
  return result;
}

PositionMetrics SummarisePosition(const std::vector<PositionError>& errors, ErrorsOf which) {
  PositionMetrics metrics;
  int false_count = 0;
  bool tie_known = false;
  for (const PositionError& error : errors) {
    ++metrics.frames;
    metrics.accepted += error.outcome == Outcome::kAccepted ? 1 : 0;
    metrics.weak += error.outcome == Outcome::kWeak ? 1 : 0;
    metrics.no_map += error.outcome == Outcome::kNoMap ? 1 : 0;
    false_count += error.IsFalse() ? 1 : 0;
    tie_known = tie_known || error.map_relative.has_value();
  }
  if (tie_known) metrics.false_count = false_count;
  const int with_map = metrics.frames - metrics.no_map;
  if (with_map > 0) metrics.availability = static_cast<double>(metrics.accepted) / with_map;
  metrics.map_relative = SummariseErrors(errors, &PositionError::map_relative, which);
  metrics.absolute = SummariseErrors(errors, &PositionError::absolute, which);
  return metrics;
}

std::map<std::string, Nis> SummariseNis(const std::vector<datasets::EventRow>& events) {
  std::map<std::string, Nis> result;
  for (const datasets::EventRow& event : events) {
    if (event.dof <= 0 || !std::isfinite(event.nis)) continue;
    Nis& nis = result[event.kind];
    nis.mean_per_dof += event.nis / event.dof;
    ++nis.count;
    nis.accepted += event.accepted ? 1 : 0;
  }
  for (auto& [kind, nis] : result) nis.mean_per_dof /= nis.count;
  return result;
}

std::map<std::string, std::map<std::string, Nis>> SummariseNisByMap(
    const std::vector<datasets::EventRow>& events, const std::vector<datasets::StateRow>& states) {
  std::map<std::string, std::vector<datasets::EventRow>> by_map;
  auto state = states.begin();
  for (const datasets::EventRow& event : events) {
    while (state != states.end() && state->state.t_ns < event.t_ns) ++state;
    if (state == states.end()) break;
    if (!state->map.empty()) by_map[state->map].push_back(event);
  }
  std::map<std::string, std::map<std::string, Nis>> result;
  for (const auto& [map, of_map] : by_map) result[map] = SummariseNis(of_map);
  return result;
}

}  // namespace perilune::tools
