#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tools/evaluation/percentiles.h"
#include "tools/evaluation/position_error.h"

namespace perilune::tools {

/// Normalised estimation error squared: its mean is `dof` when the covariance is right.
struct Nees {
  double mean = 0;
  int dof = 3;
  int count = 0;
  /// Where 95 % of such means lie if the `count` frames were independent: χ² of count·dof / count. Frames of
  /// a run share the map's errors, so that a single run leaves this band more often; campaigns take the run
  /// as the unit.
  std::array<double, 2> band_95 = {0, 0};
};

struct ErrorMetrics {
  std::optional<Percentiles> horizontal_error_m;
  std::optional<Percentiles> horizontal_error_map_px;
  std::optional<Percentiles> vertical_error_m;
  std::optional<Nees> nees_position;
};

/// Fixes: errors of the accepted ones. States: errors of all of them that have a map (absolute: of all).
struct PositionMetrics {
  int frames = 0;
  int accepted = 0;
  int weak = 0;
  int no_map = 0;
  std::optional<int> false_count;      ///< absent when no tie is known
  std::optional<double> availability;  ///< accepted / (frames − no_map)
  ErrorMetrics map_relative;
  ErrorMetrics absolute;
};

struct BestSite {
  bool claimed_safe = false;
  bool truly_safe = false;
};

/// The run's hazard map against the same computation on the true ground, over cells where both say safe or
/// unsafe.
struct HazardMetrics {
  std::optional<BestSite> best_site;
  std::optional<double> false_safe_rate;   ///< called safe, of the truly unsafe cells
  std::optional<double> false_alarm_rate;  ///< called unsafe, of the truly safe cells
  int cells = 0;                           ///< compared
};

/// Normalised innovation squared of one kind of measurement, over the run's accepted and gated updates.
struct Nis {
  double mean_per_dof = 0;  ///< 1 when innovations match their covariance
  int count = 0;
  int accepted = 0;
};

struct Metrics {
  std::optional<PositionMetrics> fix;
  std::optional<PositionMetrics> state;
  std::map<std::string, Nis> nis;  ///< by the event's kind
  /// The same by the map level in use: a phase of the descent.
  std::map<std::string, std::map<std::string, Nis>> nis_by_map;
  std::optional<HazardMetrics> hazards;
};

enum class ErrorsOf { kAccepted, kAll };

/// Nothing for an empty sample.
std::optional<Nees> SummariseNees(const std::vector<double>& nees, int dof);
PositionMetrics SummarisePosition(const std::vector<PositionError>& errors, ErrorsOf which);
std::map<std::string, Nis> SummariseNis(const std::vector<datasets::EventRow>& events);
/// By the level of the first state that is not before the event: the one that the event led to. Both in time
/// order.
std::map<std::string, std::map<std::string, Nis>> SummariseNisByMap(
    const std::vector<datasets::EventRow>& events, const std::vector<datasets::StateRow>& states);

/// metrics.json: keys as the architecture page lists them; keys without a value are absent.
std::string ToJson(const Metrics& metrics);
/// Reads what ToJson wrote. Throws dem::DataError when the file is missing or not such a document.
Metrics ReadMetrics(const std::filesystem::path& path);

}  // namespace perilune::tools
