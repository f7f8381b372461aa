#include <CLI/CLI.hpp>
#include <Eigen/Dense>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <opencv2/core.hpp>
#include <optional>
#include <stdexcept>
#include <string>

#include "datasets/formats/crater_ellipses.h"
#include "datasets/formats/image_file.h"
#include "datasets/formats/shot.h"
#include "dem/craters/crater_heights.h"
#include "tools/perilune/commands.h"
#include "tools/perilune/craters_catalog.h"
#include "tools/perilune/craters_detect.h"
#include "tools/perilune/craters_from_dem.h"
#include "tools/perilune/craters_overlay.h"
#include "tools/perilune/interrupt.h"
#include "tools/perilune/output_folder.h"
#include "tools/perilune/picture_file.h"
#include "vision/craters/identify.h"

namespace perilune::tools {
namespace {

constexpr int kNotIdentifiedExitCode = 3;

struct ImportArguments {
  std::string table, mapping, out, dem;
};

struct IdentifyArguments {
  std::string shot, catalog, mapping, ellipses, out;
  std::string attitude = "prior";
  bool overwrite = false, require_fix = false;
  DetectionArguments detection;
  vision::IdentifyOptions options;
  double min_height_km = 10, max_height_km = 400;
};

int RunImport(const ImportArguments& arguments) {
  dem::CraterCatalog catalog = LoadCraters(arguments.table, arguments.mapping);
  if (!arguments.dem.empty()) {
    const dem::RasterFile dem(arguments.dem);
    const int count = dem::SetHeightsFromDem(catalog.craters, dem);
    std::printf("%d of %zu heights from %s\n", count, catalog.craters.size(), arguments.dem.c_str());
  }
  CheckInterrupted();
  dem::WriteCraterFile(arguments.out, catalog);
  std::printf("%s: %zu craters\n", arguments.out.c_str(), catalog.craters.size());
  return 0;
}

const datasets::ShotPrior& PriorOfShot(const datasets::Shot& shot, const IdentifyArguments& arguments) {
  if (shot.prior) return *shot.prior;
  throw std::invalid_argument(arguments.shot + " has no prior: only --attitude none can do without");
}

/// The ellipses of a shot, in as many readings as there are.
using Readings = std::vector<std::vector<vision::CraterDetection>>;

vision::LostReading Identify(const datasets::Shot& shot, const dem::CraterCatalog& catalog,
                             const Readings& readings, const IdentifyArguments& arguments) {
  const vision::CraterMap map(catalog.craters);
  vision::IdentifyOptions options = arguments.options;
  options.min_height_m = 1000 * arguments.min_height_km;
  options.max_height_m = 1000 * arguments.max_height_km;
  if (arguments.attitude == "none") {
    return vision::IdentifyLostReading(map, vision::CraterNeighbours(map), shot.camera, readings, options);
  }
  const std::vector<vision::CraterDetection>& detections = readings.front();
  const datasets::ShotPrior& prior = PriorOfShot(shot, arguments);
  options.attitude_sigma_rad = prior.attitude_sigma_rad;
  if (arguments.attitude == "known") {
    return {vision::IdentifyWithAttitude(map, shot.camera, detections, prior.moon_from_cam.linear(), options),
            0};
  }
  vision::PosePriorFactor factor;
  factor.site_from_cam = prior.moon_from_cam;
  factor.information.diagonal().head<3>().setConstant(1 /
                                                      (prior.attitude_sigma_rad * prior.attitude_sigma_rad));
  factor.information.diagonal().tail<3>().setConstant(1 / (prior.position_sigma_m * prior.position_sigma_m));
  return {vision::IdentifyWithPrior(map, shot.camera, detections, factor, options), 0};
}

void PrintIdentification(const vision::Identification& found, std::size_t ellipses) {
  if (found.status != vision::IdentifyStatus::kIdentified) {
    std::printf("no identification: %s\n", found.reason.c_str());
    return;
  }
  const dem::Geodetic place = dem::GeodeticFromMoon(found.pose.moon_from_cam.translation());
  const dem::Matrix6d& covariance =
      found.covariance_absolute ? *found.covariance_absolute : found.pose.covariance;
  const double sigma_m = std::sqrt(covariance.bottomRightCorner<3, 3>().trace());
  std::printf("%zu of %zu ellipses identified; expected accidents 10^%.1f\n", found.matches.size(), ellipses,
              found.log10_false_alarms);
  std::printf(
      "camera over latitude %.5f, longitude %.5f deg, %.0f m above the sphere; 1 sigma %.0f m in all, %s\n",
      dem::RadToDeg(place.place.latitude_rad), dem::RadToDeg(place.place.longitude_rad), place.height_m,
      sigma_m, found.covariance_absolute ? "with the catalogue's tie" : "against the catalogue");
}

/// 8 bit; empty when there is no such file: ellipses are enough.
cv::Mat GreyPicture(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) return {};
  cv::Mat image = datasets::ReadGreyImage(path);
  if (image.depth() == CV_16U) image.convertTo(image, CV_8U, 1.0 / 257);
  return image;
}

/// Without a prior nothing says on which side the Sun is: both are read.
Readings ReadingsOf(const datasets::Shot& shot, const IdentifyArguments& arguments,
                    const vision::DetectCratersOptions& detection) {
  if (!arguments.ellipses.empty()) return {datasets::ReadCraterEllipses(arguments.ellipses)};
  const cv::Mat image = datasets::ReadGreyImage(shot.image);
  if (arguments.attitude != "none") return {vision::RimsOf(DetectInShot(shot, image, detection))};
  Readings readings;
  for (const vision::CraterDetections& found : vision::DetectCratersEitherWay(image, detection))
    readings.push_back(vision::RimsOf(found));
  return readings;
}

int RunIdentify(const IdentifyArguments& arguments) {
  const vision::DetectCratersOptions detection =
      arguments.ellipses.empty() ? arguments.detection.Validated() : vision::DetectCratersOptions();
  const datasets::Shot shot = datasets::ReadShot(arguments.shot);
  const dem::CraterCatalog catalog = LoadCraters(arguments.catalog, arguments.mapping);
  const cv::Mat image = GreyPicture(shot.image);
  const Readings readings = ReadingsOf(shot, arguments, detection);
  OutputFolder folder(arguments.out, arguments.overwrite);
  const auto [found, reading] = Identify(shot, catalog, readings, arguments);
  const std::vector<vision::CraterDetection>& detections = readings[reading];
  datasets::WriteIdentification(
      folder.staging() / "identification.json", found, detections.size(), catalog.craters,
      {shot.image.filename().string(), catalog.name, arguments.attitude, shot.time_utc});
  WritePicture(folder.staging() / "overlay.png",
               DrawIdentification(image, shot.camera, detections, found, catalog.craters));
  CheckInterrupted();
  folder.Commit();
  PrintIdentification(found, detections.size());
  const bool failed = found.status != vision::IdentifyStatus::kIdentified;
  return arguments.require_fix && failed ? kNotIdentifiedExitCode : 0;
}

void AddImport(CLI::App& catalog, Command& selected) {
  auto arguments = std::make_shared<ImportArguments>();
  CLI::App* sub = catalog.add_subcommand("import", "Read somebody's table of craters into a crater file");
  sub->add_option("CSV", arguments->table, "table with a header line")->required();
  sub->add_option("--mapping", arguments->mapping,
                  "what its columns mean: a YAML file, or head_2010, lu1319381, merged, povilaitis_2018, "
                  "robbins_2018, robbins_navigation")
      ->required();
  sub->add_option("--dem", arguments->dem, "DEM (any GDAL format) that gives the rims their heights");
  sub->add_option("-o,--output", arguments->out, "crater file to write")->required();
  sub->callback([arguments, &selected] { selected = [arguments] { return RunImport(*arguments); }; });
}

void AddIdentify(CLI::App& craters, Command& selected) {
  auto arguments = std::make_shared<IdentifyArguments>();
  CLI::App* sub = craters.add_subcommand("identify",
                                         "Which craters of a catalogue the ellipses in a picture are, and "
                                         "from where it was taken");
  sub->add_option("SHOT", arguments->shot, "shot file (.json): camera, and prior pose unless --attitude none")
      ->required();
  sub->add_option("--catalog", arguments->catalog, "crater file, or a table with --mapping")->required();
  sub->add_option("--mapping", arguments->mapping,
                  "what the table's columns mean: YAML file, or a ready one's name");
  CLI::Option* const ellipses =
      sub->add_option("--ellipses", arguments->ellipses,
                      "rims in the picture, by any detector (JSON); without, Perilune's finds them");
  for (CLI::Option* const option : AddDetectionOptions(*sub, arguments->detection))
    option->excludes(ellipses);
  sub->add_option(
         "--attitude", arguments->attitude,
         "known: to the prior's sigma, position free; prior: pose within the prior's sigmas; none: lost "
         "in space")
      ->capture_default_str()
      ->check(CLI::IsMember({"known", "prior", "none"}));
  sub->add_option("-o,--output", arguments->out, "folder for identification.json and overlay.png")
      ->required();
  sub->add_flag("--overwrite", arguments->overwrite, "replace the folder if it exists");
  sub->add_flag("--require-fix", arguments->require_fix, "exit code 3 when nothing is identified");
  sub->add_option("--centre-sigma-px", arguments->options.noise.centre_sigma_px,
                  "1 sigma of centres without a covariance, each axis")
      ->capture_default_str();
  sub->add_option("--axes-sigma", arguments->options.noise.axes_sigma,
                  "1 sigma of semi-axes without a covariance, relative")
      ->capture_default_str();
  sub->add_option("--height-sigma-m", arguments->options.irregularity.height_sigma_m,
                  "1 sigma of the heights of the catalogue's rims, m: relief where it has none")
      ->capture_default_str();
  sub->add_option("--tie-sigma-m", arguments->options.tie_horizontal_sigma_m,
                  "1 sigma of the catalogue's displacement as a whole, each horizontal axis, m, for "
                  "covariance_absolute; 0: not declared")
      ->capture_default_str();
  sub->add_option("--tie-vertical-sigma-m", arguments->options.tie_vertical_sigma_m,
                  "the same of its heights: rims are higher than a coarse DEM shows")
      ->capture_default_str();
  sub->add_option("--log10-false-alarms", arguments->options.log10_false_alarms,
                  "accept when this power of ten bounds the expected number of accidental answers as good")
      ->capture_default_str();
  sub->add_option("--min-probability", arguments->options.min_probability,
                  "probability from which an ellipse's identity is given, and has a say in the pose")
      ->capture_default_str();
  sub->add_option("--min-height-km", arguments->min_height_km, "lowest camera that is looked for")
      ->capture_default_str();
  sub->add_option("--max-height-km", arguments->max_height_km, "highest")->capture_default_str();
  sub->callback([arguments, &selected] { selected = [arguments] { return RunIdentify(*arguments); }; });
}

}  // namespace

void AddCraters(CLI::App& app, Command& selected) {
  CLI::App* craters = app.add_subcommand("craters", "Crater catalogues, and craters in pictures by name");
  craters->require_subcommand(1);
  CLI::App* catalog = craters->add_subcommand(
      "catalog", "Make a catalogue of the craters in a DEM's relief, or of somebody's table");
  catalog->require_subcommand(0, 1);
  AddCatalogFromDem(*catalog, selected);
  AddImport(*catalog, selected);
  AddDetect(*craters, selected);
  AddIdentify(*craters, selected);
}

}  // namespace perilune::tools
