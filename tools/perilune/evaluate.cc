#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tools/evaluation/evaluate.h"
#include "tools/evaluation/table.h"
#include "tools/perilune/commands.h"
#include "tools/perilune/interrupt.h"

namespace perilune::tools {
namespace {

struct EvaluateOptions {
  std::vector<std::string> runs;
  std::string truth;
  bool json = false;
};

int RunEvaluate(const EvaluateOptions& options) {
  std::vector<std::pair<std::string, Metrics>> results;
  for (const std::string& run : options.runs) {
    CheckInterrupted();
    const Evaluation evaluation = Evaluate(run, options.truth);
    WriteEvaluation(run, evaluation);
    results.emplace_back(run, evaluation.metrics);
  }
  if (!options.json) {
    std::cout << MetricsTable(results);
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
      "Compare runs with the truth of their sequence: errors in metres and map pixels, NEES, availability,\n"
      "false fixes, hazard rates. Writes metrics.json and errors.csv into each run and prints a table.");
  auto options = std::make_shared<EvaluateOptions>();
  sub->add_option("RUN", options->runs, "Folders that `perilune navigate` wrote")->required();
  sub->add_option("--truth", options->truth, "Sequence folder that holds the truth")->required();
  sub->add_flag("--json", options->json, "Print metrics.json instead of the table");
  sub->callback([&selected, options] { selected = [options] { return RunEvaluate(*options); }; });
}

}  // namespace perilune::tools
