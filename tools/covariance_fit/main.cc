// covariance_fit: the constants of nav::MatchErrorModel from fixes and their errors.
// tools/validation/covariance.sh makes a table of it.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "tools/accuracy/trial.h"
#include "tools/accuracy/trial_plan.h"
#include "tools/covariance_fit/declared_pose.h"
#include "tools/covariance_fit/descent_poses.h"
#include "tools/covariance_fit/model_fit.h"

namespace perilune::tools {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  std::uint64_t seed = 9001;
  fs::path out, run, sequence;
  std::vector<fs::path> files;
  std::vector<std::string> held, settings;
};

/// The program's model with `constant=value` of each setting.
nav::MatchErrorModel ModelWith(const std::vector<std::string>& settings) {
  nav::MatchErrorModel model;
  for (const std::string& setting : settings) {
    const std::size_t equals = setting.find('=');
    const std::string name = setting.substr(0, equals);
    const auto is_named = [&](const ModelConstant& constant) { return constant.name == name; };
    const auto constant = std::find_if(FittedConstants().begin(), FittedConstants().end(), is_named);
    const std::string text = equals == std::string::npos ? "" : setting.substr(equals + 1);
    double value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool is_number = read.ec == std::errc() && read.ptr == text.data() + text.size();
    if (!is_number || constant == FittedConstants().end())
      throw std::invalid_argument("--set takes CONSTANT=VALUE, not '" + setting + "'");
    model.*(constant->value) = value;
  }
  model.Validate();
  return model;
}

void FlyWorld(const Arguments& arguments) {
  const fs::path scratch = arguments.out.string() + ".scratch";
  fs::create_directories(scratch);
  std::vector<DeclaredPose> poses;
  TrialOptions options;
  options.baselines = options.with_albedo = false;
  options.seen = [&](const TrialAnswer& answer) {
    if (!answer.row.Accepted()) return;
    DeclaredPose pose = DeclaredPoseOf(answer.fix, answer.image.camera, answer.prior, answer.declaration,
                                       answer.image.sun, answer.image.site_from_cam_on_map);
    pose.group = answer.row.method + ", Sun " + SunClassName(SunClassOf(answer.row.sun_elevation_deg));
    pose.unit = std::to_string(arguments.seed);
    poses.push_back(std::move(pose));
  };
  RunTrialWorld(arguments.seed, scratch, options, [](int, int) {});
  fs::remove_all(scratch);
  WriteDeclaredPoses(arguments.out, poses);
}

void Fit(const Arguments& arguments) {
  std::vector<DeclaredPose> poses;
  for (const fs::path& file : arguments.files) {
    std::vector<DeclaredPose> own = ReadDeclaredPoses(file);
    std::move(own.begin(), own.end(), std::back_inserter(poses));
  }
  if (poses.empty()) throw std::invalid_argument("there are no poses in these files");
  const nav::MatchErrorModel before = ModelWith(arguments.settings);
  std::cout << FitTable(poses, before, FitModel(poses, before, arguments.held));
}

int Main(int argc, char** argv) {
  CLI::App app("The constants of the covariance of a fix, by the likelihood of fixes' errors");
  app.require_subcommand(1);
  Arguments arguments;
  CLI::App* world = app.add_subcommand("world", "poses of a world of `perilune accuracy`");
  world->add_option("--seed", arguments.seed)->capture_default_str();
  CLI::App* descent = app.add_subcommand("descent", "poses of a finished run and its sequence");
  descent->add_option("RUN", arguments.run)->required();
  descent->add_option("SEQUENCE", arguments.sequence)->required();
  for (CLI::App* command : {world, descent})
    command->add_option("-o,--output", arguments.out, "file of poses, a JSON object a line")->required();
  CLI::App* fit = app.add_subcommand("fit", "constants before and after, as a table");
  fit->add_option("FILES", arguments.files, "files of poses")->required();
  fit->add_option("--hold", arguments.held, "constants that stay as they are");
  fit->add_option("--set", arguments.settings, "CONSTANT=VALUE before the fit (default: the program's)");
  CLI11_PARSE(app, argc, argv);
  try {
    if (world->parsed()) FlyWorld(arguments);
    if (descent->parsed()) WriteDeclaredPoses(arguments.out, DescentPoses(arguments.run, arguments.sequence));
    if (fit->parsed()) Fit(arguments);
  } catch (const std::exception& error) {
    std::cerr << "covariance_fit: " << error.what() << '\n';
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace perilune::tools

int main(int argc, char** argv) { return perilune::tools::Main(argc, argv); }
