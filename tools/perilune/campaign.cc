#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <thread>

#include "datasets/scenarios/locate.h"
#include "datasets/scenarios/scenario.h"
#include "tools/campaign/campaign.h"
#include "tools/perilune/commands.h"
#include "tools/perilune/render_imaging.h"

namespace perilune::tools {
namespace {

const char* Word(SeedStage stage) {
  switch (stage) {
    case SeedStage::kStarted:
      return "starts";
    case SeedStage::kSkipped:
      return "was done before";
    case SeedStage::kFinished:
      return "is done";
    case SeedStage::kFailed:
      return "FAILED";
  }
  return "";
}

void PrintProgress(const CampaignProgress& progress) {
  std::fprintf(stderr, "[%d/%d] seed %llu %s", progress.done, progress.total,
               static_cast<unsigned long long>(progress.seed), Word(progress.stage));
  if (progress.seconds_left > 0) std::fprintf(stderr, ", about %.0f min left", progress.seconds_left / 60);
  std::fprintf(stderr, "\n");
}

int RunCampaignCommand(const CampaignOptions& options) {
  const CampaignResult result = RunCampaign(options, PrintProgress);
  bool all_finished = true;
  for (const Shard& shard : result.shards) {
    if (shard.status == ShardStatus::kFinished) continue;
    all_finished = false;
    std::cerr << "seed " << shard.seed << " failed: " << shard.failure
              << "\n  repeat: " << shard.repeat_command << "\n";
  }
  if (result.aggregate) std::cout << ToMarkdown(options.Name(), *result.aggregate);
  return all_finished ? 0 : 1;
}

}  // namespace

void AddCampaign(CLI::App& app, Command& selected) {
  CLI::App* sub = app.add_subcommand(
      "campaign",
      "Fly a scenario with many seeds: simulate, navigate, evaluate each; pool the results.\n"
      "Finished seeds are skipped, so an interrupted campaign goes on where it stopped; seeds that another\n"
      "build of the program or another version of the scenario flew are flown again.\n"
      "Exit code 1 when a seed failed (the others are pooled all the same).");
  auto options = std::make_shared<CampaignOptions>();
  sub->add_option("SCENARIO", options->scenario,
                  "Scenario name or YAML file, as `perilune simulate` takes it")
      ->required();
  sub->add_option("-o,--output", options->out,
                  "Folder for shards/, aggregate.json, table.md and stanford.svg")
      ->required();
  sub->add_option("-n,--count", options->count, "Number of consecutive seeds")->capture_default_str();
  sub->add_option("--first-seed", options->first_seed, "First seed")->capture_default_str();
  sub->add_option("--set", options->settings, "key=value of the scenario, may be repeated");
  sub->add_option("--epoch-spread-h", options->epoch_spread_h,
                  "Disperse the Sun: move each seed's epoch by a time drawn evenly from +- this many hours\n"
                  "(0.5 deg of the Sun's longitude an hour)")
      ->capture_default_str();
  options->jobs = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  sub->add_option("-j,--jobs", options->jobs, "Seeds flown at a time (default: the processor's cores)")
      ->check(CLI::Range(1, 1024));
  sub->add_flag("--keep", options->keep,
                "Keep sequences, frames and hazard rasters (gigabytes for many seeds)");
  CLI::Option* const draw =
      sub->add_option(
             "--match-residuals", options->match_residuals,
             "Measurement level: render nothing, draw matches from these residuals of rendered runs\n"
             "(of other seeds of the scenario); may be repeated")
          ->allow_extra_args(false);
  sub->add_flag("--write-match-residuals", options->write_match_residuals,
                "Keep each rendered run's match residuals for that (run/match_residuals.csv in its shard,\n"
                "5 MB for 200 images)")
      ->excludes(draw);
  sub->callback([&selected, options] {
    selected = [options] {
      const datasets::ScenarioSource source = datasets::FindScenario(options->scenario);
      // A case that the file does not have is told once, not for every seed.
      if (!source.case_name.empty() || options->epoch_spread_h > 0) {
        options->epoch_utc =
            datasets::ReadScenario(source, OverridesOf(options->settings, "--set", "")).epoch_utc;
      }
      options->program = std::filesystem::read_symlink("/proc/self/exe");
      std::vector<std::filesystem::path> made_of = {options->program, source.file};
      made_of.insert(made_of.end(), options->match_residuals.begin(), options->match_residuals.end());
      options->fingerprint = FingerprintOf(made_of);
      return RunCampaignCommand(*options);
    };
  });
}

}  // namespace perilune::tools
