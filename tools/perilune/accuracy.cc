#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>

#include "dem/io/atomic_file.h"
#include "tools/accuracy/accuracy_table.h"
#include "tools/accuracy/trial.h"
#include "tools/campaign/shard.h"
#include "tools/perilune/commands.h"
#include "tools/perilune/interrupt.h"
#include "tools/perilune/output_folder.h"
#include "tools/perilune/progress.h"

namespace perilune::tools {
namespace {

namespace fs = std::filesystem;

struct AccuracyArguments {
  std::string out;
  fs::path worlds;  ///< in the output folder, for this build of the program
  int count = 20;
  std::uint64_t first = 1;
  bool without_baselines = false;
};

/// Rows of a world, from its file where it was flown before.
std::vector<TrialRow> RowsOf(const AccuracyArguments& arguments, std::uint64_t seed, Progress& progress,
                             std::size_t done) {
  const fs::path file = arguments.worlds / (std::to_string(seed) + ".csv");
  if (fs::exists(file)) return ReadTrialRows(file);
  const OutputFolder scratch(fs::path(arguments.out) / ("scratch-" + std::to_string(seed)),
                             true);  // never committed
  TrialOptions options;
  options.baselines = !arguments.without_baselines;
  const std::vector<TrialRow> rows =
      RunTrialWorld(seed, scratch.staging(), options, [&](int view, int views) {
        CheckInterrupted();
        const std::size_t step = done * static_cast<std::size_t>(views) + static_cast<std::size_t>(view);
        progress.Show("images", step, static_cast<std::size_t>(arguments.count * views),
                      "world " + std::to_string(seed));
      });
  WriteTrialRows(file, rows);
  return rows;
}

int RunAccuracy(AccuracyArguments arguments) {
  if (arguments.count < 1) throw std::invalid_argument("--count must be at least 1");
  arguments.worlds =
      fs::path(arguments.out) / ("worlds-" + FingerprintOf({fs::read_symlink("/proc/self/exe")}));
  fs::create_directories(arguments.worlds);
  Progress progress("accuracy");
  std::vector<TrialRow> rows;
  for (int i = 0; i < arguments.count; ++i) {
    const std::vector<TrialRow> own = RowsOf(arguments, arguments.first + static_cast<std::uint64_t>(i),
                                             progress, static_cast<std::size_t>(i));
    rows.insert(rows.end(), own.begin(), own.end());
  }
  const std::string table = AccuracyMarkdown(rows);
  WriteTrialRows(fs::path(arguments.out) / "fixes.csv", rows);
  dem::WriteFileAtomically(fs::path(arguments.out) / "table.md", table);
  std::cout << table;
  return 0;
}

}  // namespace

void AddAccuracy(CLI::App& app, Command& selected) {
  auto arguments = std::make_shared<AccuracyArguments>();
  CLI::App* sub = app.add_subcommand(
      "accuracy",
      "Fixes of single images against truth, over many worlds: real DEMs with synthetic detail as truth, "
      "maps\n"
      "degraded from it, 24 images a world; with two baselines on a third of the images. Needs the real "
      "DEMs\n"
      "(PERILUNE_DATA). Worlds that this build of the program finished\nbefore are not flown again.");
  sub->add_option("-o,--output", arguments->out, "folder for worlds-*/, fixes.csv and table.md")->required();
  sub->add_option("-n,--count", arguments->count, "number of worlds, 24 images each")->capture_default_str();
  sub->add_option("--first-seed", arguments->first, "seed of the first world; the others follow")
      ->capture_default_str();
  sub->add_flag("--without-baselines", arguments->without_baselines, "our own method alone");
  sub->callback([arguments, &selected] { selected = [arguments] { return RunAccuracy(*arguments); }; });
}

}  // namespace perilune::tools
