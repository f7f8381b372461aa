#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tools/evaluation/evaluate.h"
#include "tools/evaluation/match_calibration.h"
#include "tools/evaluation/match_residuals.h"
#include "tools/evaluation/table.h"
#include "tools/evaluation/trajectory_comparison.h"
#include "tools/perilune/commands.h"
#include "tools/perilune/interrupt.h"

namespace perilune::tools {
namespace {

struct EvaluateOptions {
  std::vector<std::string> runs;
  std::string truth;
  std::string match_residuals;
  std::string against;
  std::string align = "se3";
  ComparisonOptions comparison;
  std::optional<double> delta_frames;
  std::optional<double> delta_m;
  bool json = false;
};

/// The other trajectory's frame is its own: alignment moves the run's to it.
int RunAgainst(EvaluateOptions options) {
  if (options.delta_frames) options.comparison.delta = {RelativeDelta::Unit::kFrames, *options.delta_frames};
  if (options.delta_m) options.comparison.delta = {RelativeDelta::Unit::kMetres, *options.delta_m};
  options.comparison.alignment = AlignmentFromName(options.align).value();
  options.comparison.Validate();
  const datasets::TrajectoryPoses reference = OpenTrajectory(options.against);
  std::vector<std::pair<std::string, TrajectoryComparison>> results;
  for (const std::string& run : options.runs) {
    CheckInterrupted();
    const datasets::TrajectoryPoses estimate = OpenTrajectory(run);
    try {
      results.emplace_back(run, CompareTrajectories(reference, estimate, options.comparison));
    } catch (const std::invalid_argument& error) {
      throw std::invalid_argument(run + " against " + options.against + ": " + error.what());
    }
  }
  std::cout << (options.json ? ComparisonJson(results, options.comparison)
                             : ComparisonTable(results, options.comparison));
  return 0;
}

int RunEvaluate(const EvaluateOptions& options) {
  if (options.truth.empty() == options.against.empty()) {
    throw std::invalid_argument("evaluate: give either --truth SEQ or --against TRAJECTORY");
  }
  if (!options.against.empty()) return RunAgainst(options);
  if (!options.match_residuals.empty() && options.runs.size() > 1) {
    throw std::invalid_argument("evaluate: --match-residuals takes one run, not " +
                                std::to_string(options.runs.size()));
  }
  std::vector<std::pair<std::string, Metrics>> results;
  std::string calibration;
  for (const std::string& run : options.runs) {
    CheckInterrupted();
    const Evaluation evaluation = Evaluate(run, options.truth);
    WriteEvaluation(run, evaluation);
    if (!options.match_residuals.empty()) {
      const std::vector<datasets::MatchResiduals> residuals = MatchResidualsOf(run, options.truth);
      datasets::WriteMatchResiduals(options.match_residuals, residuals);
      calibration = CalibrationTable(CalibrationByMap(residuals));
    }
    results.emplace_back(run, evaluation.metrics);
  }
  if (!options.json) {
    std::cout << MetricsTable(results) << calibration;
  } else if (results.size() == 1) {
    std::cout << ToJson(results.front().second);
  } else {
    nlohmann::ordered_json all;
    for (const auto& [run, metrics] : results) all[run] = nlohmann::ordered_json::parse(ToJson(metrics));
    std::cout << all.dump(2) << "\n";
  }
  return 0;
}

}  // namespace

void AddEvaluate(CLI::App& app, Command& selected) {
  CLI::App* sub = app.add_subcommand(
      "evaluate",
      "With --truth, compare runs with the truth of their sequence: errors in metres and map pixels, NEES,\n"
      "availability, false fixes, hazard rates. Writes metrics.json and errors.csv into each run and prints\n"
      "a table. With --against, compare them with a trajectory of any other tool: absolute (APE) and\n"
      "relative (RPE) pose errors as evo defines them; prints a table and writes nothing.");
  auto options = std::make_shared<EvaluateOptions>();
  sub->add_option("RUN", options->runs,
                  "Folders that `perilune navigate` wrote; with --against also trajectory files")
      ->required();
  CLI::Option* const truth =
      sub->add_option("--truth", options->truth, "Sequence folder that holds the truth");
  sub->add_option("--match-residuals", options->match_residuals,
                  "CSV to write: every match of the run against the truth, for `perilune simulate\n"
                  "--match-residuals`; the table then says how well they declare their errors")
      ->needs(truth);
  CLI::Option* const against = sub->add_option(
      "--against", options->against,
      "Reference trajectory: TUM (.tum, .txt), EuRoC (.csv) or KITTI (.kitti, with times.txt)");
  sub->add_option("--align", options->align,
                  "How runs (frame `site`) are moved to the reference's frame first: se3 (least squares, no\n"
                  "scale; default), position (translation alone), none")
      ->check(CLI::IsMember({"se3", "position", "none"}))
      ->needs(against);
  sub->add_option("--max-time-difference-s", options->comparison.max_time_difference_s,
                  "Poses further apart in time do not belong together, s (default 0.01)")
      ->needs(against);
  CLI::Option* const frames =
      sub->add_option("--delta-frames", options->delta_frames, "RPE over so many poses in common (default 1)")
          ->needs(against);
  sub->add_option("--delta-m", options->delta_m, "RPE over so many metres of the run's path")
      ->needs(against)
      ->excludes(frames);
  sub->add_flag("--json", options->json, "Print JSON instead of the table");
  sub->callback([&selected, options] { selected = [options] { return RunEvaluate(*options); }; });
}

}  // namespace perilune::tools
