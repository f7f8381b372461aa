#include "tools/evaluation/trajectory_comparison.h"

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "dem/frames/moon.h"
#include "dem/io/data_error.h"
#include "tools/evaluation/column_table.h"

namespace perilune::tools {
namespace {

using Json = nlohmann::ordered_json;
using Runs = std::vector<std::pair<std::string, TrajectoryComparison>>;

constexpr std::pair<const char*, double ErrorStatistics::*> kStatistics[] = {
    {"rmse", &ErrorStatistics::rmse}, {"mean", &ErrorStatistics::mean}, {"median", &ErrorStatistics::median},
    {"std", &ErrorStatistics::std},   {"min", &ErrorStatistics::min},   {"max", &ErrorStatistics::max}};

std::string SixDigits(double value) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%.6g", value);
  return buffer;
}

std::string DeltaText(const RelativeDelta& delta) {
  return SixDigits(delta.value) + (delta.unit == RelativeDelta::Unit::kFrames ? " frames" : " m");
}

/// Rows of one kind of error; `errors` gives a run's, or null.
template <typename ErrorsOf>
void AddErrorRows(ColumnTable& table, const std::string& name, const Runs& runs, const ErrorsOf& errors) {
  const auto add = [&](const std::string& part, ErrorStatistics PoseErrors::*which, double unit) {
    for (const auto& [statistic, value] : kStatistics) {
      std::vector<std::string> row = {name + " " + part + " " + statistic};
      for (const auto& [run, comparison] : runs) {
        const PoseErrors* const of_run = errors(comparison);
        row.push_back(of_run == nullptr ? "-" : SixDigits((of_run->*which).*value / unit));
      }
      table.push_back(std::move(row));
    }
  };
  add("translation, m:", &PoseErrors::translation_m, 1);
  add("rotation, deg:", &PoseErrors::rotation_rad, dem::kPi / 180);
}

Json StatisticsJson(const ErrorStatistics& statistics) {
  Json json;
  for (const auto& [name, value] : kStatistics) json[name] = statistics.*value;
  json["count"] = statistics.count;
  return json;
}

Json ErrorsJson(const PoseErrors& errors) {
  return {{"translation_m", StatisticsJson(errors.translation_m)},
          {"rotation_rad", StatisticsJson(errors.rotation_rad)}};
}

}  // namespace

void ComparisonOptions::Validate() const {
  if (!(max_time_difference_s >= 0 && max_time_difference_s <= 1e6)) {
    throw std::invalid_argument("max time difference " + std::to_string(max_time_difference_s) +
                                " s: must lie between 0 and 1e6");
  }
  delta.Validate();
}

TrajectoryComparison CompareTrajectories(const datasets::TrajectoryPoses& reference,
                                         const datasets::TrajectoryPoses& estimate,
                                         const ComparisonOptions& options) {
  options.Validate();
  const std::vector<PosePair> pairs =
      AssociateByTime(reference, estimate, std::llround(options.max_time_difference_s * 1e9));
  if (pairs.empty()) {
    throw std::invalid_argument("no pose is within " + SixDigits(options.max_time_difference_s) +
                                " s of one of the other trajectory (--max-time-difference-s; are both "
                                "clocks of the same origin?)");
  }
  TrajectoryComparison result;
  result.poses = static_cast<int>(estimate.size());
  result.others = static_cast<int>(reference.size());
  result.common = static_cast<int>(pairs.size());
  result.reference_from_estimate = Align(pairs, options.alignment);
  const std::vector<PosePair> aligned = Aligned(pairs, result.reference_from_estimate);
  result.absolute = AbsolutePoseError(aligned);
  result.relative = RelativePoseError(aligned, options.delta);
  return result;
}

datasets::TrajectoryPoses OpenTrajectory(const std::filesystem::path& run_or_file) {
  if (!std::filesystem::is_directory(run_or_file)) {
    return datasets::ReadTrajectory(run_or_file, datasets::DetectTrajectoryFormat(run_or_file));
  }
  if (!std::filesystem::exists(run_or_file / "run.json")) {
    throw dem::DataError(run_or_file, "not a finished run (no run.json): run `perilune navigate` to its end");
  }
  return datasets::ReadTrajectory(run_or_file / "trajectory.tum", datasets::TrajectoryFormat::kTum);
}

std::string AlignmentName(Alignment alignment) {
  switch (alignment) {
    case Alignment::kSe3:
      return "se3";
    case Alignment::kPosition:
      return "position";
    case Alignment::kNone:
      return "none";
  }
  return "";
}

std::optional<Alignment> AlignmentFromName(const std::string& name) {
  for (const Alignment alignment : {Alignment::kSe3, Alignment::kPosition, Alignment::kNone}) {
    if (name == AlignmentName(alignment)) return alignment;
  }
  return std::nullopt;
}

std::string ComparisonTable(const Runs& runs, const ComparisonOptions& options) {
  ColumnTable table = {{"alignment " + AlignmentName(options.alignment)}, {"poses"}, {"in common"}};
  for (const auto& [run, comparison] : runs) {
    table[0].push_back(run);
    table[1].push_back(std::to_string(comparison.poses));
    table[2].push_back(std::to_string(comparison.common) + " of " + std::to_string(comparison.others));
  }
  AddErrorRows(table, "APE", runs, [](const TrajectoryComparison& c) { return &c.absolute; });
  AddErrorRows(table, "RPE over " + DeltaText(options.delta), runs,
               [](const TrajectoryComparison& c) { return c.relative ? &*c.relative : nullptr; });
  return ColumnText(table);
}

std::string ComparisonJson(const Runs& runs, const ComparisonOptions& options) {
  Json all;
  for (const auto& [run, comparison] : runs) {
    Json json = {{"poses", comparison.poses},
                 {"others", comparison.others},
                 {"common", comparison.common},
                 {"alignment", AlignmentName(options.alignment)}};
    for (int i = 0; i < 16; ++i) {
      json["reference_from_estimate"].push_back(comparison.reference_from_estimate.matrix()(i / 4, i % 4));
    }
    json["ape"] = ErrorsJson(comparison.absolute);
    if (comparison.relative) {
      json["rpe"] = ErrorsJson(*comparison.relative);
      json["rpe"]["delta"] = options.delta.value;
      json["rpe"]["delta_unit"] = options.delta.unit == RelativeDelta::Unit::kFrames ? "frames" : "m";
    }
    all[run] = std::move(json);
  }
  return all.dump(2) + "\n";
}

}  // namespace perilune::tools
