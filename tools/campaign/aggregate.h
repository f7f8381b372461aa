#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tools/campaign/bootstrap.h"
#include "tools/evaluation/errors_csv.h"
#include "tools/evaluation/metrics.h"

namespace perilune::tools {

/// What a finished seed contributes.
struct RunResult {
  std::uint64_t seed = 0;
  RunErrors errors;
  Metrics metrics;
};

/// NEES with the run as the unit: each run's mean is one sample, because the map's error is common to a run.
struct NeesOverRuns {
  BootstrapMean mean;
  int dof = 3;
  bool interval_contains_dof = false;
  bool mean_within_limits = false;  ///< 0.8 dof … 1.25 dof
};

/// Events among trials with the one-sided 95 % Clopper-Pearson bound.
struct Rate {
  int events = 0;
  int trials = 0;
  double upper_95 = 1;
};

struct PooledErrors {
  std::optional<Percentiles> horizontal_error_m;
  std::optional<Percentiles> horizontal_error_map_px;
  std::optional<Percentiles> vertical_error_m;
  std::optional<NeesOverRuns> nees_position;
};

/// Fixes or states of all runs. Errors are pooled over frames as a run's own metrics choose them; absolute
/// NEES takes one sample a run, its last accepted answer.
struct PooledPosition {
  int frames = 0;
  int accepted = 0;
  int weak = 0;
  int no_map = 0;
  std::optional<double> availability;         ///< accepted / (frames − no_map), all runs together
  std::optional<double> lowest_availability;  ///< of a single run
  Rate false_of_accepted;                     ///< trials are accepted answers
  Rate runs_with_false;                       ///< trials are runs
  PooledErrors map_relative;
  PooledErrors absolute;
};

/// How often the states' map-relative error left its protection level, over the states and over the runs (one
/// is enough). Where the level is right the first is the risk; the second depends on how long a run's errors
/// last.
struct PooledProtection {
  double risk = 0;
  int states = 0;                       ///< with a map; a level was given for `horizontal.trials` of them
  Rate horizontal, vertical;            ///< trials are states with a level
  Rate runs_horizontal, runs_vertical;  ///< trials are runs
  BootstrapMean share_horizontal, share_vertical;  ///< of a run's states: means over runs
};

struct PooledHazards {
  int sites_chosen = 0;  ///< runs that chose one
  Rate unsafe_sites;
  std::optional<BootstrapMean> false_safe_rate;
  std::optional<BootstrapMean> false_alarm_rate;
};

struct Aggregate {
  std::vector<std::uint64_t> seeds;
  PooledPosition fix;
  PooledPosition state;
  std::map<std::string, PooledPosition> fix_by_map;  ///< phase of the descent: by the map level used
  std::map<std::string, PooledPosition> state_by_map;
  std::vector<PooledProtection> protection;          ///< at each of kVerifiedRisks; empty without a map
  std::map<std::string, BootstrapMean> nis_per_dof;  ///< by the measurement's kind
  std::map<std::string, std::map<std::string, BootstrapMean>> nis_by_map;
  std::optional<PooledHazards> hazards;
};

/// Pools finished runs. Throws std::invalid_argument when there is none.
Aggregate AggregateRuns(const std::vector<RunResult>& runs);

/// aggregate.json: `runs`, `seeds`, `fix`, `state`, `fix_by_map`, `state_by_map`, `protection`, `nis`,
/// `nis_by_map`, `hazards`; keys without a value are absent.
std::string ToJson(const Aggregate& aggregate);

/// A Markdown table for the documentation, headed by the scenario's name.
std::string ToMarkdown(const std::string& scenario, const Aggregate& aggregate);

}  // namespace perilune::tools
