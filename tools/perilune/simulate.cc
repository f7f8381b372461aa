#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "datasets/scenarios/locate.h"
#include "datasets/scenarios/scenario.h"
#include "datasets/simulation/simulator.h"
#include "tools/perilune/commands.h"
#include "tools/perilune/interrupt.h"
#include "tools/perilune/output_folder.h"
#include "tools/perilune/progress.h"
#include "tools/perilune/render_imaging.h"

namespace perilune::tools {
namespace {

struct SimulateOptions {
  std::string scenario;
  std::filesystem::path output;
  std::optional<std::int64_t> seed;
  std::vector<std::string> settings;  // key=value
  std::vector<std::filesystem::path> match_residuals;
  bool overwrite = false;
};

int Simulate(const SimulateOptions& options) {
  datasets::YamlOverrides overrides = OverridesOf(options.settings, "--set", "");
  if (options.seed) overrides.emplace_back("seed", std::to_string(*options.seed));
  const datasets::Scenario scenario =
      datasets::ReadScenario(datasets::FindScenario(options.scenario), overrides);
  if (!scenario.ground.base.empty() && !scenario.ground.UsesBase()) {
    std::cerr << "simulate: " << scenario.ground.base.string()
              << " is not there (PERILUNE_DATA): synthetic ground takes its place" << std::endl;
  }
  datasets::ResidualRuns residuals;
  for (const std::filesystem::path& file : options.match_residuals) {
    residuals.push_back(datasets::ReadMatchResiduals(file));
  }
  OutputFolder output(options.output, options.overwrite);
  Progress progress("simulate");
  const auto show = [&progress](const std::string& work, int done, int total) {
    CheckInterrupted();
    progress.Show(work, static_cast<std::size_t>(done), static_cast<std::size_t>(total));
  };
  if (residuals.empty()) {
    datasets::Simulate(scenario, output.staging(), show);
  } else {
    datasets::SimulateMatches(scenario, residuals, output.staging(), show);
  }
  output.Commit();
  std::cout << "wrote the sequence " << options.output.string() << std::endl;
  return 0;
}

}  // namespace

void AddSimulate(CLI::App& app, Command& selected) {
  auto options = std::make_shared<SimulateOptions>();
  CLI::App* command =
      app.add_subcommand("simulate", "Fly a scenario: images, sensors, map and truth as a sequence");
  command
      ->add_option(
          "scenario", options->scenario,
          "scenario file, or the name of one (demo, hadley, hakuto_r_m1), with /CASE for a case of it "
          "(hakuto_r_m1/as_flown)")
      ->required();
  command->add_option("-o,--output", options->output, "folder of the sequence")->required();
  command
      ->add_option("--seed", options->seed,
                   "seed of the ground, the map's errors and all noise (default: the scenario's)")
      ->check(CLI::Range(std::int64_t{0}, std::numeric_limits<std::int64_t>::max()))
      ->check(CLI::NonNegativeNumber);
  command->add_option(
      "--set", options->settings,
      "replace a value of the scenario, as dotted.key=value (camera.rate_hz=2); may be repeated");
  command
      ->add_option(
          "--match-residuals", options->match_residuals,
          "measurement level: render nothing, draw what is matched in each image from the residuals "
          "of rendered runs of the scenario, which `perilune evaluate --match-residuals` writes; may "
          "be repeated")
      ->allow_extra_args(false);
  command->add_flag("--overwrite", options->overwrite, "replace the folder when it is not empty");
  command->callback([options, &selected] { selected = [options] { return Simulate(*options); }; });
}

}  // namespace perilune::tools
