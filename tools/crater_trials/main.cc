// crater_trials: identifications of simulated detections over the whole Moon, one CSV row a try on standard
// output. tools/validation/craters.sh makes the tables and curves of docs/craters.md from them.

#include <CLI/CLI.hpp>
#include <Eigen/Dense>
#include <cstdio>
#include <ctime>
#include <iostream>
#include <optional>
#include <string>

#include "dem/craters/crater_file.h"
#include "dem/frames/pose.h"
#include "dem/synthesis/random.h"
#include "tools/crater_trials/crater_scene.h"

namespace perilune::tools {
namespace {

struct TrialArguments {
  std::string catalog;
  std::string mode = "known";
  int count = 100;
  std::uint64_t seed = 9001;
  double keep = 1;  ///< share of the catalogue
  CraterSceneOptions scene;
};

double Seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

Eigen::Vector3d Normals3(std::uint64_t seed, std::uint64_t stream, std::uint64_t index) {
  return {dem::RandomNormal(seed, stream, 3 * index), dem::RandomNormal(seed, stream, 3 * index + 1),
          dem::RandomNormal(seed, stream, 3 * index + 2)};
}

std::vector<dem::Crater> Thinned(std::vector<dem::Crater> craters, double keep, std::uint64_t seed) {
  std::vector<dem::Crater> kept;
  for (std::size_t i = 0; i < craters.size(); ++i) {
    if (dem::RandomUniform(seed, 401, i) < keep) kept.push_back(craters[i]);
  }
  return kept;
}

/// A prior or attitude that errs as it says.
vision::PosePriorFactor DrawPrior(const CraterScene& scene, double position_sigma_m,
                                  double attitude_sigma_rad, std::uint64_t seed, std::uint64_t index) {
  dem::Vector6d delta;
  delta << attitude_sigma_rad * Normals3(seed, 411, index), position_sigma_m * Normals3(seed, 412, index);
  vision::PosePriorFactor prior;
  prior.site_from_cam = dem::Perturb(scene.moon_from_cam, delta);
  prior.information.diagonal().head<3>().setConstant(1 / (attitude_sigma_rad * attitude_sigma_rad));
  prior.information.diagonal().tail<3>().setConstant(1 / (position_sigma_m * position_sigma_m));
  return prior;
}

struct Bound {
  double position_m = 0;  ///< Cramér-Rao: root of the trace of the position's covariance
};

/// What the true matches at the true pose would allow.
Bound CramerRao(const vision::CraterMap& map, const vision::Camera& camera, const CraterScene& scene,
                const vision::IdentifyOptions& options, const std::optional<vision::PosePriorFactor>& prior) {
  std::vector<vision::ConicMatch> matches;
  for (std::size_t i = 0; i < scene.detections.size(); ++i) {
    if (scene.truth[i] < 0) continue;
    const auto measured = vision::Measure(camera, scene.detections[i], options.noise);
    if (measured) matches.push_back({map.rim(scene.truth[i]), *measured});
  }
  const auto at_truth = vision::StepsToPose(matches, options.irregularity, scene.moon_from_cam, prior, 0);
  return {at_truth ? std::sqrt(at_truth->covariance.bottomRightCorner<3, 3>().trace()) : -1};
}

void PrintHeader() {
  std::printf(
      "index,height_m,in_view,detections,true_detections,verdict,matches,right_matches,log10_false_alarms,"
      "hypotheses,position_error_m,bound_m,nees,seconds,along_error_m\n");
}

void PrintTry(std::uint64_t index, const CraterScene& scene, const vision::Identification& found,
              const Bound& bound, double seconds) {
  int right = 0;
  for (const auto& match : found.matches) {
    if (scene.truth[static_cast<std::size_t>(match.detection)] == match.crater) ++right;
  }
  const bool identified = found.status == vision::IdentifyStatus::kIdentified;
  const Eigen::Vector3d error = found.pose.moon_from_cam.translation() - scene.moon_from_cam.translation();
  const Eigen::Matrix3d covariance = found.pose.covariance.bottomRightCorner<3, 3>();
  // More than half of the identities: a few neighbours taken for each other are not another place.
  const char* verdict = !identified                                          ? "none"
                        : 2 * right > static_cast<int>(found.matches.size()) ? "right"
                                                                             : "wrong";
  std::printf("%llu,%.0f,%d,%zu,%d,%s,%zu,%d,%.2f,%.3g,%.2f,%.2f,%.3f,%.4f,%.2f\n",
              static_cast<unsigned long long>(index), scene.height_m, scene.in_view, scene.detections.size(),
              scene.TrulyDetected(), verdict, found.matches.size(), right, found.log10_false_alarms,
              found.hypotheses, identified ? error.norm() : -1, bound.position_m,
              identified ? error.dot(covariance.ldlt().solve(error)) : -1, seconds,
              identified ? error.dot(scene.moon_from_cam.translation().normalized()) : 0.0);
  std::fflush(stdout);
}

void RunTrials(const TrialArguments& arguments) {
  const std::vector<dem::Crater> all = dem::ReadCraterFile(arguments.catalog).craters;
  const std::vector<dem::Crater> catalogue = Thinned(all, arguments.keep, 77);
  const vision::CraterMap map(catalogue);
  std::optional<vision::TriadIndex> triads;
  if (arguments.mode == "lost") {
    const double from = Seconds();
    triads.emplace(map);
    std::cerr << triads->size() << " triads in " << Seconds() - from << " s\n";
  }
  const vision::Camera camera = vision::PinholeCamera(1024, dem::kPi / 2);
  vision::IdentifyOptions options;
  options.noise = arguments.scene.noise;
  options.irregularity = arguments.scene.irregularity;
  PrintHeader();
  for (int i = 0; i < arguments.count; ++i) {
    const auto index = static_cast<std::uint64_t>(i);
    const CraterScene scene =
        DrawCraterScene(catalogue, map.index(), camera, arguments.scene, arguments.seed, index);
    vision::Identification found;
    std::optional<vision::PosePriorFactor> prior;
    const double from = Seconds();
    if (arguments.mode == "known") {
      prior = DrawPrior(scene, 1, options.attitude_sigma_rad, arguments.seed, index);
      prior->information.diagonal().tail<3>().setZero();
      found =
          vision::IdentifyWithAttitude(map, camera, scene.detections, prior->site_from_cam.linear(), options);
    } else if (arguments.mode == "prior") {
      prior = DrawPrior(scene, 3000, dem::DegToRad(1), arguments.seed, index);
      found = vision::IdentifyWithPrior(map, camera, scene.detections, *prior, options);
    } else {
      found = vision::IdentifyLost(map, *triads, camera, scene.detections, options);
    }
    const double seconds = Seconds() - from;
    PrintTry(index, scene, found, CramerRao(map, camera, scene, options, prior), seconds);
  }
}

int Main(int argc, char** argv) {
  CLI::App app("Identifications of simulated crater detections: one CSV row a try");
  TrialArguments arguments;
  app.add_option("--catalog", arguments.catalog, "crater file")->required();
  app.add_option("--mode", arguments.mode)
      ->check(CLI::IsMember({"known", "prior", "lost"}))
      ->capture_default_str();
  app.add_option("-n,--count", arguments.count)->capture_default_str();
  app.add_option("--seed", arguments.seed)->capture_default_str();
  app.add_option("--keep", arguments.keep, "share of the catalogue that there is")->capture_default_str();
  app.add_option("--lowest-m", arguments.scene.lowest_m)->capture_default_str();
  app.add_option("--highest-m", arguments.scene.highest_m)->capture_default_str();
  app.add_option("--centre-px", arguments.scene.noise.centre_sigma_px)->capture_default_str();
  app.add_option("--axes", arguments.scene.noise.axes_sigma)->capture_default_str();
  app.add_option("--missed", arguments.scene.missed)->capture_default_str();
  app.add_option("--false", arguments.scene.false_share)->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    RunTrials(arguments);
  } catch (const std::exception& error) {
    std::cerr << "crater_trials: " << error.what() << '\n';
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace perilune::tools

int main(int argc, char** argv) { return perilune::tools::Main(argc, argv); }
