#include "tools/campaign/aggregate.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <set>
#include <stdexcept>

#include "tools/evaluation/distributions.h"

namespace perilune::tools {
namespace {

constexpr double kLowestNeesRatio = 0.8;
constexpr double kHighestNeesRatio = 1.25;

using Term = std::optional<ErrorTerm> PositionError::*;
using ErrorsOfRun = std::vector<PositionError>;

Rate MakeRate(int events, int trials) { return {events, trials, ClopperPearsonUpper(events, trials)}; }

NeesOverRuns MakeNees(const std::vector<double>& samples) {
  NeesOverRuns nees;
  nees.mean = BootstrapOverRuns(samples);
  nees.interval_contains_dof = nees.mean.low <= nees.dof && nees.dof <= nees.mean.high;
  nees.mean_within_limits =
      kLowestNeesRatio * nees.dof <= nees.mean.mean && nees.mean.mean <= kHighestNeesRatio * nees.dof;
  return nees;
}

ErrorsOfRun PoolFrames(const std::vector<ErrorsOfRun>& runs) {
  ErrorsOfRun pooled;
  for (const ErrorsOfRun& run : runs) pooled.insert(pooled.end(), run.begin(), run.end());
  return pooled;
}

std::optional<double> LastAcceptedNees(const ErrorsOfRun& run, Term term) {
  std::optional<double> last;
  for (const PositionError& error : run) {
    if (error.outcome == Outcome::kAccepted && error.*term && (error.*term)->nees) last = (error.*term)->nees;
  }
  return last;
}

template <typename Sample>
std::optional<NeesOverRuns> NeesOf(const std::vector<ErrorsOfRun>& runs, const Sample& sample_of_run) {
  std::vector<double> samples;
  for (const ErrorsOfRun& run : runs) {
    if (const std::optional<double> sample = sample_of_run(run)) samples.push_back(*sample);
  }
  if (samples.empty()) return std::nullopt;
  return MakeNees(samples);
}

PooledErrors Pooled(const ErrorMetrics& metrics, std::optional<NeesOverRuns> nees) {
  return {metrics.horizontal_error_m, metrics.horizontal_error_map_px, metrics.vertical_error_m, nees};
}

PooledPosition PoolPosition(const std::vector<ErrorsOfRun>& runs, ErrorsOf which) {
  const PositionMetrics all = SummarisePosition(PoolFrames(runs), which);
  PooledPosition result{all.frames, all.accepted, all.weak, all.no_map, all.availability, {}, {}, {}, {}, {}};
  int runs_with_false = 0;
  for (const ErrorsOfRun& run : runs) {
    const PositionMetrics metrics = SummarisePosition(run, which);
    runs_with_false += metrics.false_count.value_or(0) > 0 ? 1 : 0;
    if (!metrics.availability) continue;
    result.lowest_availability = std::min(result.lowest_availability.value_or(1), *metrics.availability);
  }
  result.false_of_accepted = MakeRate(all.false_count.value_or(0), all.accepted);
  result.runs_with_false = MakeRate(runs_with_false, static_cast<int>(runs.size()));
  const auto run_mean = [&](const ErrorsOfRun& run) -> std::optional<double> {
    const auto nees = SummarisePosition(run, which).map_relative.nees_position;
    return nees ? std::optional(nees->mean) : std::nullopt;
  };
  result.map_relative = Pooled(all.map_relative, NeesOf(runs, run_mean));
  const auto last = [](const ErrorsOfRun& run) { return LastAcceptedNees(run, &PositionError::absolute); };
  result.absolute = Pooled(all.absolute, NeesOf(runs, last));
  return result;
}

std::vector<ErrorsOfRun> Collect(const std::vector<RunResult>& runs,
                                 std::vector<PositionError> RunErrors::*part) {
  std::vector<ErrorsOfRun> result;
  for (const RunResult& run : runs) result.push_back(run.errors.*part);
  return result;
}

std::map<std::string, PooledPosition> PoolByMap(const std::vector<ErrorsOfRun>& runs, ErrorsOf which) {
  std::set<std::string> maps;
  for (const ErrorsOfRun& run : runs) {
    for (const PositionError& error : run) {
      if (!error.map.empty()) maps.insert(error.map);
    }
  }
  std::map<std::string, PooledPosition> result;
  for (const std::string& map : maps) {
    std::vector<ErrorsOfRun> part(runs.size());
    for (std::size_t i = 0; i < runs.size(); ++i) {
      std::copy_if(runs[i].begin(), runs[i].end(), std::back_inserter(part[i]),
                   [&](const PositionError& error) { return error.map == map; });
    }
    part.erase(std::remove_if(part.begin(), part.end(), [](const ErrorsOfRun& run) { return run.empty(); }),
               part.end());
    result[map] = PoolPosition(part, which);
  }
  return result;
}

/// Of the states of each run that have a map: how many leave their level.
struct Left {
  int states = 0, runs = 0, of_states = 0;
  std::vector<double> share_of_run;

  void AddRun(int left, int of) {
    states += left;
    of_states += of;
    runs += left > 0 ? 1 : 0;
    share_of_run.push_back(static_cast<double>(left) / of);
  }
};

std::vector<PooledProtection> PoolProtection(const std::vector<ErrorsOfRun>& runs) {
  std::vector<PooledProtection> result;
  for (std::size_t i = 0; i < kVerifiedRisks.size(); ++i) {
    Left horizontal, vertical;
    int states = 0;
    for (const ErrorsOfRun& run : runs) {
      int left_horizontal = 0, left_vertical = 0, of = 0;
      for (const PositionError& error : run) {
        if (error.outcome == Outcome::kNoMap || !error.map_relative) continue;
        ++states;
        if (!error.protection) continue;
        const ProtectedPosition& level = (*error.protection)[i];
        ++of;
        left_horizontal += error.map_relative->Horizontal_m() > level.horizontal_m ? 1 : 0;
        left_vertical += std::abs(error.map_relative->error_m.z()) > level.vertical_m ? 1 : 0;
      }
      if (of == 0) continue;
      horizontal.AddRun(left_horizontal, of);
      vertical.AddRun(left_vertical, of);
    }
    if (horizontal.of_states == 0) return {};
    const int flown = static_cast<int>(horizontal.share_of_run.size());
    result.push_back({kVerifiedRisks[i], states, MakeRate(horizontal.states, horizontal.of_states),
                      MakeRate(vertical.states, vertical.of_states), MakeRate(horizontal.runs, flown),
                      MakeRate(vertical.runs, flown), BootstrapOverRuns(horizontal.share_of_run),
                      BootstrapOverRuns(vertical.share_of_run)});
  }
  return result;
}

std::optional<BootstrapMean> MeanOf(const std::vector<RunResult>& runs,
                                    std::optional<double> HazardMetrics::*rate) {
  std::vector<double> values;
  for (const RunResult& run : runs) {
    if (run.metrics.hazards && (*run.metrics.hazards).*rate)
      values.push_back(*((*run.metrics.hazards).*rate));
  }
  if (values.empty()) return std::nullopt;
  return BootstrapOverRuns(values);
}

std::optional<PooledHazards> PoolHazards(const std::vector<RunResult>& runs) {
  PooledHazards result;
  int unsafe = 0;
  bool any = false;
  for (const RunResult& run : runs) {
    any = any || run.metrics.hazards.has_value();
    if (!run.metrics.hazards || !run.metrics.hazards->best_site) continue;
    ++result.sites_chosen;
    unsafe += run.metrics.hazards->best_site->truly_safe ? 0 : 1;
  }
  if (!any) return std::nullopt;
  result.unsafe_sites = MakeRate(unsafe, result.sites_chosen);
  result.false_safe_rate = MeanOf(runs, &HazardMetrics::false_safe_rate);
  result.false_alarm_rate = MeanOf(runs, &HazardMetrics::false_alarm_rate);
  return result;
}

std::map<std::string, BootstrapMean> PoolNis(const std::vector<std::map<std::string, Nis>>& of_runs) {
  std::map<std::string, std::vector<double>> values;
  for (const std::map<std::string, Nis>& run : of_runs) {
    for (const auto& [kind, nis] : run) values[kind].push_back(nis.mean_per_dof);
  }
  std::map<std::string, BootstrapMean> result;
  for (const auto& [kind, samples] : values) result[kind] = BootstrapOverRuns(samples);
  return result;
}

void PoolAllNis(const std::vector<RunResult>& runs, Aggregate& result) {
  std::vector<std::map<std::string, Nis>> whole;
  std::map<std::string, std::vector<std::map<std::string, Nis>>> by_map;
  for (const RunResult& run : runs) {
    whole.push_back(run.metrics.nis);
    for (const auto& [map, nis] : run.metrics.nis_by_map) by_map[map].push_back(nis);
  }
  result.nis_per_dof = PoolNis(whole);
  for (const auto& [map, of_runs] : by_map) result.nis_by_map[map] = PoolNis(of_runs);
}

}  // namespace

Aggregate AggregateRuns(const std::vector<RunResult>& runs) {
  if (runs.empty()) throw std::invalid_argument("no finished run to aggregate");
  Aggregate result;
  for (const RunResult& run : runs) result.seeds.push_back(run.seed);
  const std::vector<ErrorsOfRun> fixes = Collect(runs, &RunErrors::fixes);
  result.fix = PoolPosition(fixes, ErrorsOf::kAccepted);
  result.fix_by_map = PoolByMap(fixes, ErrorsOf::kAccepted);
  const std::vector<ErrorsOfRun> states = Collect(runs, &RunErrors::states);
  result.state = PoolPosition(states, ErrorsOf::kAll);
  result.state_by_map = PoolByMap(states, ErrorsOf::kAll);
  result.protection = PoolProtection(states);
  PoolAllNis(runs, result);
  result.hazards = PoolHazards(runs);
  return result;
}

}  // namespace perilune::tools
