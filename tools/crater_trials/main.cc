// crater_trials: identifications of simulated detections over the whole Moon, one CSV row a try on standard
// output, and curves from such files. tools/validation/craters.sh makes the tables and curves of
// docs/craters.md with it.

#include <CLI/CLI.hpp>
#include <Eigen/Dense>
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "datasets/formats/png_file.h"
#include "datasets/scenarios/locate.h"
#include "dem/craters/crater_file.h"
#include "dem/frames/pose.h"
#include "dem/io/atomic_file.h"
#include "dem/linear/symmetric_solve.h"
#include "dem/synthesis/random.h"
#include "tools/crater_trials/crater_scene.h"
#include "tools/crater_trials/curve_pictures.h"
#include "tools/crater_trials/removed_region.h"
#include "tools/crater_trials/rendered_views.h"
#include "tools/crater_trials/success_curve.h"
#include "tools/crater_trials/try_table.h"
#include "vision/craters/crater_network.h"

namespace perilune::tools {
namespace {

struct TrialArguments {
  std::string catalog;
  std::string mode = "known";
  int count = 100;
  std::uint64_t seed = 9001;
  double keep = 1;  ///< share of the catalogue
  /// The navigator's catalogue has nothing within this distance, along the ground, of the point under the
  /// camera.
  double removed_km = 0;
  /// Real lunar data: the detections are what the detector finds in pictures rendered over its DEMs.
  std::string rendered;
  std::string pictures;  ///< folder for those pictures
  std::string network = "crater_centres";
  /// Of the catalogue against the ground that was rendered: the navigator is told, nees_absolute holds it.
  double tie_sigma_m = 0, tie_vertical_sigma_m = 0;
  CraterSceneOptions scene;

  double RemovedAngle_rad() const { return 1000 * removed_km / dem::kMoonRadius_m; }
  /// Throws std::invalid_argument for a region that leaves something that a camera can see.
  void Validate() const {
    constexpr double kLowestGround_m = -9'200;  // of the Moon, in Antoniadi
    const double least_km = dem::kMoonRadius_m / 1000 * HorizonAngle(scene.highest_m, kLowestGround_m);
    if (removed_km == 0 || removed_km >= least_km) return;
    throw std::invalid_argument("--removed-km " + std::to_string(removed_km) +
                                ": a camera at --highest-m sees " + std::to_string(least_km) + " km far");
  }
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

/// In the reading that shows most of them: that is what there was to be recognised.
int TrulyDetected(const std::vector<CraterScene>& readings) {
  int most = 0;
  for (const CraterScene& reading : readings) most = std::max(most, reading.TrulyDetected());
  return most;
}

void PrintTry(std::uint64_t index, const CraterScene& scene, int truly_detected,
              const vision::Identification& found, const std::vector<int>& truth, const Bound& bound,
              double seconds) {
  int right = 0;
  for (const auto& match : found.matches) {
    if (truth[static_cast<std::size_t>(match.detection)] == match.crater) ++right;
  }
  const bool identified = found.status == vision::IdentifyStatus::kIdentified;
  const Eigen::Vector3d error = found.pose.moon_from_cam.translation() - scene.moon_from_cam.translation();
  const auto nees = [&](const dem::Matrix6d& covariance) {
    return dem::SquaredMahalanobis(error, covariance.bottomRightCorner<3, 3>());
  };
  const Eigen::Vector3d up = scene.moon_from_cam.translation().normalized(),
                        east = Eigen::Vector3d::UnitZ().cross(up).normalized();
  const Verdict verdict = VerdictOf(identified, static_cast<int>(found.matches.size()), right);
  std::printf("%llu,%.0f,%d,%zu,%d,%s,%zu,%d,%.2f,%.3g,%.2f,%.2f,%.3f,%.4f,%.2f,%.2f,%.2f,%.3f,%.3f\n",
              static_cast<unsigned long long>(index), scene.height_m, scene.in_view, scene.detections.size(),
              truly_detected, VerdictName(verdict), found.matches.size(), right, found.log10_false_alarms,
              found.hypotheses, identified ? error.norm() : -1, bound.position_m,
              identified ? nees(found.pose.covariance) : -1, seconds, identified ? error.dot(up) : 0.0,
              identified ? error.dot(east) : 0.0, identified ? error.dot(up.cross(east)) : 0.0,
              identified && found.covariance_absolute ? nees(*found.covariance_absolute) : -1,
              found.pose.variance_scale);
  std::fflush(stdout);
}

/// What the navigator knows of the Moon.
struct NavigatorMap {
  NavigatorMap(const std::vector<dem::Crater>& craters, const std::string& mode) : map(craters) {
    if (mode == "lost") neighbours.emplace(map);
  }
  vision::CraterMap map;
  std::optional<vision::CraterNeighbours> neighbours;
};

/// What the navigator knows of its pose, drawn with the errors that it says.
std::optional<vision::PosePriorFactor> DrawKnowledge(const std::string& mode, const CraterScene& scene,
                                                     double attitude_sigma_rad, std::uint64_t seed,
                                                     std::uint64_t index) {
  if (mode == "lost") return std::nullopt;
  if (mode == "prior") return DrawPrior(scene, 3000, dem::DegToRad(1), seed, index);
  vision::PosePriorFactor attitude = DrawPrior(scene, 1, attitude_sigma_rad, seed, index);
  attitude.information.diagonal().tail<3>().setZero();
  return attitude;
}

vision::LostReading Identify(const NavigatorMap& navigator, const std::string& mode,
                             const vision::Camera& camera, const std::vector<CraterScene>& readings,
                             const std::optional<vision::PosePriorFactor>& prior,
                             const vision::IdentifyOptions& options) {
  if (mode == "lost") {
    std::vector<std::vector<vision::CraterDetection>> detections;
    for (const CraterScene& reading : readings) detections.push_back(reading.detections);
    return vision::IdentifyLostReading(navigator.map, *navigator.neighbours, camera, detections, options);
  }
  const CraterScene& scene = readings.front();
  if (mode == "prior") {
    return {vision::IdentifyWithPrior(navigator.map, camera, scene.detections, *prior, options), 0};
  }
  return {vision::IdentifyWithAttitude(navigator.map, camera, scene.detections, prior->site_from_cam.linear(),
                                       options),
          0};
}

/// The map of a navigator whose catalogue lacks the ground around a view; nothing where none is removed.
std::optional<NavigatorMap> WithoutGround(const TrialArguments& arguments,
                                          const std::vector<dem::Crater>& catalogue,
                                          const NavigatorMap& whole, const CraterScene& scene) {
  if (arguments.removed_km == 0) return std::nullopt;
  return NavigatorMap(WithoutRegion(catalogue, whole.map.index(), scene.moon_from_cam.translation(),
                                    arguments.RemovedAngle_rad()),
                      arguments.mode);
}

/// Scenes as they are asked for: simulated detections, or those of rendered pictures.
class Scenes {
 public:
  Scenes(const TrialArguments& arguments, const std::vector<dem::Crater>& catalogue,
         const vision::CraterMap& map, const vision::Camera& camera)
      : arguments_(arguments), catalogue_(catalogue), map_(map), camera_(camera) {
    if (arguments.rendered.empty()) return;
    RenderedViewOptions options;
    options.data = arguments.rendered;
    options.lowest_m = arguments.scene.lowest_m;
    options.highest_m = arguments.scene.highest_m;
    options.sun_known = arguments.mode != "lost";
    options.detector.network =
        std::make_shared<vision::CraterNetwork>(datasets::FindCraterNetwork(arguments.network));
    views_.emplace(options, camera);
  }

  /// One view, in as many readings as its picture has.
  std::vector<CraterScene> Take(std::uint64_t index) {
    if (!views_) {
      return {DrawCraterScene(catalogue_, map_.index(), camera_, arguments_.scene, arguments_.seed, index)};
    }
    cv::Mat picture;
    const std::vector<CraterScene> readings =
        views_->Take(map_, arguments_.scene, arguments_.seed, index, &picture);
    if (!arguments_.pictures.empty()) {
      datasets::WritePng(std::filesystem::path(arguments_.pictures) / (std::to_string(index) + ".png"),
                         picture);
    }
    return readings;
  }

 private:
  const TrialArguments& arguments_;
  const std::vector<dem::Crater>& catalogue_;
  const vision::CraterMap& map_;
  const vision::Camera& camera_;
  std::optional<RenderedViews> views_;
};

void RunTries(const TrialArguments& arguments) {
  arguments.Validate();
  const std::vector<dem::Crater> all = dem::ReadCraterFile(arguments.catalog).craters;
  const std::vector<dem::Crater> catalogue = Thinned(all, arguments.keep, 77);
  const double from = Seconds();
  const NavigatorMap whole(catalogue, arguments.mode);
  if (whole.neighbours) std::cerr << "map and neighbours in " << Seconds() - from << " s\n";
  const vision::Camera camera = vision::PinholeCamera(1024, dem::kPi / 2);
  vision::IdentifyOptions options;
  options.noise = arguments.scene.noise;
  options.irregularity = arguments.scene.irregularity;
  options.tie_horizontal_sigma_m = arguments.tie_sigma_m;
  options.tie_vertical_sigma_m = arguments.tie_vertical_sigma_m;
  Scenes scenes(arguments, catalogue, whole.map, camera);
  std::printf("%s\n", kTryHeader);
  for (int i = 0; i < arguments.count; ++i) {
    const auto index = static_cast<std::uint64_t>(i);
    const std::vector<CraterScene> readings = scenes.Take(index);
    const auto prior =
        DrawKnowledge(arguments.mode, readings.front(), options.attitude_sigma_rad, arguments.seed, index);
    const auto without = WithoutGround(arguments, catalogue, whole, readings.front());
    const double started = Seconds();
    const auto [found, reading] =
        Identify(without ? *without : whole, arguments.mode, camera, readings, prior, options);
    const double seconds = Seconds() - started;
    const CraterScene& scene = readings[reading];
    // Where the ground is removed, no detection is of a crater that the navigator knows.
    const std::vector<int> truth = without ? std::vector<int>(scene.truth.size(), -1) : scene.truth;
    PrintTry(index, scene, TrulyDetected(readings), found, truth,
             CramerRao(whole.map, camera, scene, options, prior), seconds);
  }
}

struct CurveArguments {
  std::string list, folder, made_by;
};

void RunCurves(const CurveArguments& arguments) {
  const std::vector<SuccessCurve> curves = ReadCurves(arguments.list);
  for (const CurvePicture& picture : kCurvePictures) {
    dem::WriteFileAtomically(std::filesystem::path(arguments.folder) / (std::string(picture.name) + ".svg"),
                             CurveSvg(picture, curves, arguments.made_by));
  }
  std::fputs(CurveTable(curves).c_str(), stdout);
}

CLI::App* AddTries(CLI::App& app, TrialArguments& arguments) {
  CLI::App* sub = app.add_subcommand("tries", "One CSV row a try");
  sub->add_option("--catalog", arguments.catalog, "crater file")->required();
  sub->add_option("--mode", arguments.mode)
      ->check(CLI::IsMember({"known", "prior", "lost"}))
      ->capture_default_str();
  sub->add_option("-n,--count", arguments.count)->capture_default_str();
  sub->add_option("--seed", arguments.seed)->capture_default_str();
  sub->add_option("--keep", arguments.keep, "share of the catalogue that there is")->capture_default_str();
  sub->add_option("--removed-km", arguments.removed_km,
                  "the navigator's catalogue has nothing within this distance along the ground of the point "
                  "under the camera: any place is a wrong answer")
      ->capture_default_str();
  sub->add_option("--rendered", arguments.rendered,
                  "folder of the real lunar data: detections are those of Perilune's detector in pictures "
                  "rendered over its 256 px/deg DEMs");
  sub->add_option("--pictures", arguments.pictures, "existing folder for these pictures");
  sub->add_option("--network", arguments.network, "name or file of the detector's network")
      ->capture_default_str();
  sub->add_option(
         "--tie-sigma-m", arguments.tie_sigma_m,
         "1 sigma of the catalogue's displacement as a whole, each horizontal axis, for nees_absolute")
      ->capture_default_str();
  sub->add_option("--tie-vertical-sigma-m", arguments.tie_vertical_sigma_m, "the same, vertical")
      ->capture_default_str();
  sub->add_option("--lowest-m", arguments.scene.lowest_m)->capture_default_str();
  sub->add_option("--highest-m", arguments.scene.highest_m)->capture_default_str();
  sub->add_option("--centre-px", arguments.scene.noise.centre_sigma_px)->capture_default_str();
  sub->add_option("--axes", arguments.scene.noise.axes_sigma)->capture_default_str();
  sub->add_option("--missed", arguments.scene.missed)->capture_default_str();
  sub->add_option("--false", arguments.scene.false_share)->capture_default_str();
  return sub;
}

CLI::App* AddCurves(CLI::App& app, CurveArguments& arguments) {
  CLI::App* sub = app.add_subcommand("curves", "Pictures and a table of files of tries");
  sub->add_option("LIST", arguments.list, "CSV variable,mode,value,tries: files of tries")->required();
  sub->add_option("-o,--output", arguments.folder, "folder for identification_*.svg")->required();
  sub->add_option("--made-by", arguments.made_by, "text for the captions: the command");
  return sub;
}

int Main(int argc, char** argv) {
  CLI::App app("Identifications of simulated crater detections");
  app.require_subcommand(1);
  TrialArguments trial;
  CurveArguments curve;
  CLI::App* tries = AddTries(app, trial);
  AddCurves(app, curve);
  CLI11_PARSE(app, argc, argv);
  try {
    tries->parsed() ? RunTries(trial) : RunCurves(curve);
  } catch (const std::exception& error) {
    std::cerr << "crater_trials: " << error.what() << '\n';
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace perilune::tools

int main(int argc, char** argv) { return perilune::tools::Main(argc, argv); }
