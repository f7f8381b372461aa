// coarse_trials: first fixes from priors that are kilometres off, over real photographs and truth worlds; one
// CSV row a try on standard output. tools/validation/coarse.sh makes the tables of docs/coarse.md from them.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <iostream>

#include "dem/frames/moon.h"
#include "tools/first_fix/apollo_starts.h"
#include "tools/first_fix/first_fix.h"

namespace perilune::tools {
namespace {

struct Arguments {
  std::string data, frame = "AS15-M-0297";
  std::vector<std::string> regions;
  std::vector<double> moved_m = {0, 0};
  double height_m = 20'000;
  double off_nadir_deg = 20;
  int count = 100;
  std::uint64_t seed = 1;
};

void RunApollo(const Arguments& arguments) {
  std::printf(
      "frame,index,start_off_m,status,inliers,attempted,off_m,worst_sigma,ambiguity,seconds,reason\n");
  const Eigen::Vector3d moved(arguments.moved_m[0], arguments.moved_m[1], 0);
  for (const StartOutcome& row :
       FixFromRandomStarts(arguments.data, arguments.frame, arguments.count, arguments.seed, moved)) {
    std::printf("%s,%d,%.0f,%s,%d,%d,%.1f,%.2f,%.3f,%.2f,%s\n", row.frame.c_str(), row.index, row.start_off_m,
                nav::ToString(row.fix.status).c_str(), row.fix.inliers, row.fix.attempted, row.off_m,
                row.worst_sigma, row.fix.ambiguity_ratio.value_or(-1), row.seconds, row.fix.reason.c_str());
  }
}

void PrintTry(const FirstFixWorld& world, const FirstFixImage& image, std::size_t index,
              const std::string& map, const FirstFixOutcome& row) {
  std::printf("%s,%s,%.0f,%zu,%.2f,%.3f,%s,%s,%d,%d,%.2f,%.2f,%.2f,%.2f,%.3f,%.1f,%.2f,%.2f,%s\n",
              world.region.c_str(), map.c_str(), world.height_m, index,
              dem::RadToDeg(image.sun_elevation_rad), image.lit_share, ToString(row.verdict).c_str(),
              nav::ToString(row.fix.status).c_str(), row.fix.inliers, row.fix.attempted,
              row.horizontal_error_m, row.horizontal_error_m / world.declaration.map_pixel_m, row.mahalanobis,
              row.significance, row.ambiguity, row.search_error_px, row.search_seconds, row.seconds,
              row.fix.reason.c_str());
  std::fflush(stdout);
}

void RunFirstFix(const Arguments& arguments) {
  std::printf(
      "region,map,height_m,index,sun_deg,lit,verdict,status,inliers,attempted,error_m,error_map_px,"
      "mahalanobis,significance,ambiguity,search_error_px,search_s,fix_s,reason\n");
  // Tries may run side by side.
  const std::filesystem::path scratch =
      std::filesystem::temp_directory_path() / ("coarse_trials_" + std::to_string(getpid()));
  std::filesystem::create_directories(scratch);
  std::vector<FirstFixWorld> worlds;
  for (std::size_t i = 0; i < arguments.regions.size(); ++i) {
    std::cerr << "world " << arguments.regions[i] << ", " << arguments.height_m << " m\n";
    worlds.push_back(MakeFirstFixWorld(FirstFixRegionNamed(arguments.regions[i]), arguments.height_m,
                                       dem::DegToRad(arguments.off_nadir_deg), arguments.count,
                                       arguments.seed + i, scratch));
    const FirstFixWorld& world = worlds.back();
    for (std::size_t k = 0; k < world.images.size(); ++k)
      PrintTry(world, world.images[k], k, world.region, FixOwnMap(world, world.images[k]));
  }
  std::filesystem::remove_all(scratch);
  for (const FirstFixWorld& world : worlds) {
    for (const FirstFixWorld& other : worlds) {
      if (&world == &other) continue;
      for (std::size_t k = 0; k < world.images.size(); ++k)
        PrintTry(world, world.images[k], k, other.region, FixOtherMap(world, world.images[k], other));
    }
  }
}

int Main(int argc, char** argv) {
  CLI::App app("First fixes from priors that are kilometres off: one CSV row a try");
  app.require_subcommand(1);
  Arguments arguments;
  CLI::App* apollo = app.add_subcommand("apollo", "an Apollo metric frame from random starts");
  apollo->add_option("--data", arguments.data, "folder of the real lunar data")->required();
  apollo->add_option("--frame", arguments.frame)->capture_default_str();
  apollo->add_option("--moved-m", arguments.moved_m, "starts moved east and north: other ground")
      ->expected(2);
  CLI::App* first = app.add_subcommand("first-fix", "pictures of truth worlds, each with every map");
  first
      ->add_option("--region", arguments.regions,
                   "hadley copernicus aristarchus atlas apollo_basin south_polar")
      ->required();
  first->add_option("--height-m", arguments.height_m)->capture_default_str();
  first->add_option("--off-nadir-deg", arguments.off_nadir_deg, "pictures look up to this far off nadir")
      ->capture_default_str();
  for (CLI::App* command : {apollo, first}) {
    command->add_option("-n,--count", arguments.count)->capture_default_str();
    command->add_option("--seed", arguments.seed)->capture_default_str();
  }
  CLI11_PARSE(app, argc, argv);
  try {
    if (apollo->parsed()) RunApollo(arguments);
    if (first->parsed()) RunFirstFix(arguments);
  } catch (const std::exception& error) {
    std::cerr << "coarse_trials: " << error.what() << '\n';
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace perilune::tools

int main(int argc, char** argv) { return perilune::tools::Main(argc, argv); }
