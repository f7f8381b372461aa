#include "tools/perilune/craters_detect.h"

#include <CLI/CLI.hpp>
#include <Eigen/Dense>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "datasets/formats/crater_ellipses.h"
#include "datasets/formats/image_file.h"
#include "datasets/scenarios/locate.h"
#include "dem/frames/moon.h"
#include "dem/frames/site.h"
#include "tools/perilune/craters_overlay.h"
#include "tools/perilune/interrupt.h"
#include "tools/perilune/output_folder.h"
#include "tools/perilune/picture_file.h"
#include "vision/craters/crater_map.h"
#include "vision/craters/crater_network.h"
#include "vision/craters/sun_in_image.h"

namespace perilune::tools {
namespace {

struct DetectArguments {
  std::string input, out;
  bool overwrite = false;
  DetectionArguments detection;
};

/// Where the Sun lies in the image: a step on the ground towards it, seen at the image's middle. Nothing
/// under a Sun in the zenith, or below a camera that sees it along the line of sight.
std::optional<double> SunDirectionInImage(const datasets::Shot& shot) {
  const Eigen::Isometry3d& moon_from_cam = shot.prior->moon_from_cam;
  const Eigen::Vector2d middle(0.5 * (shot.camera.width_px - 1), 0.5 * (shot.camera.height_px - 1));
  const Eigen::Vector3d ground = vision::GroundOrHorizon(
      moon_from_cam.translation(), moon_from_cam.linear() * shot.camera.Unproject(middle));
  const dem::Site site = dem::MakeSite(dem::GeodeticFromMoon(ground).place);
  Eigen::Vector3d step_in_site = datasets::SunOfShot(shot, site).direction_to_sun_in_site;
  step_in_site.z() = 0;
  const Eigen::Vector3d step_in_cam =
      moon_from_cam.linear().transpose() * site.moon_from_site.linear() * step_in_site;
  return vision::DirectionInImage(shot.camera, step_in_cam);
}

int RunDetect(const DetectArguments& arguments) {
  const vision::DetectCratersOptions options = arguments.detection.Validated();
  const bool is_shot = std::filesystem::path(arguments.input).extension() == ".json";
  std::filesystem::path picture = arguments.input;
  std::optional<datasets::Shot> shot;
  if (is_shot) {
    shot = datasets::ReadShot(arguments.input);
    picture = shot->image;
  }
  cv::Mat image = datasets::ReadGreyImage(picture);
  OutputFolder folder(arguments.out, arguments.overwrite);
  const vision::CraterDetections found =
      shot ? DetectInShot(*shot, image, options) : vision::DetectCraters(image, options);
  datasets::WriteCraterEllipses(folder.staging() / "ellipses.json", found, picture.filename().string());
  if (image.depth() == CV_16U) image.convertTo(image, CV_8U, 1.0 / 257);
  WritePicture(folder.staging() / "overlay.png", DrawDetections(image, found));
  CheckInterrupted();
  folder.Commit();
  std::printf("%s: %zu craters, Sun towards %.1f deg from right, turning down\n", arguments.input.c_str(),
              found.craters.size(), dem::RadToDeg(found.sun_direction_rad));
  return 0;
}

}  // namespace

vision::DetectCratersOptions DetectionArguments::Validated() const {
  vision::DetectCratersOptions validated = options;
  if (sun_direction_deg) validated.sun_direction_rad = dem::DegToRad(*sun_direction_deg);
  validated.Validate();
  if (detector == "network") {
    validated.network = std::make_shared<vision::CraterNetwork>(datasets::FindCraterNetwork(network));
  }
  return validated;
}

std::vector<CLI::Option*> AddDetectionOptions(CLI::App& sub, DetectionArguments& arguments) {
  return {
      sub.add_option("--detector", arguments.detector,
                     "network: learned on renders; bowls: correlation with pictures of shaded bowls")
          ->check(CLI::IsMember({"network", "bowls"}))
          ->capture_default_str(),
      sub.add_option("--network", arguments.network, "ONNX file, or a ready one's name")
          ->capture_default_str(),
      sub.add_option(
          "--sun-direction-deg", arguments.sun_direction_deg,
          "towards the Sun in the picture, from right turning down; default: of a shot with a prior, "
          "by its time and pose; else estimated"),
      sub.add_option("--min-diameter-px", arguments.options.min_diameter_px, "smallest crater, at least 8")
          ->capture_default_str(),
      sub.add_option("--max-diameter-px", arguments.options.max_diameter_px,
                     "largest; 0: half of the shorter side")
          ->capture_default_str(),
      sub.add_option("--min-score", arguments.options.min_score, "probability from which craters are given")
          ->capture_default_str()};
}

vision::CraterDetections DetectInShot(const datasets::Shot& shot, const cv::Mat& image,
                                      vision::DetectCratersOptions options) {
  if (shot.prior && !options.sun_direction_rad) {
    options.sun_direction_rad = SunDirectionInImage(shot);
  }
  return vision::DetectCraters(image, options);
}

void AddDetect(CLI::App& craters, Command& selected) {
  auto arguments = std::make_shared<DetectArguments>();
  CLI::App* sub = craters.add_subcommand("detect", "Craters in a picture by their light and shade");
  sub->add_option("INPUT", arguments->input, "picture, or shot file (.json)")->required();
  sub->add_option("-o,--output", arguments->out,
                  "folder for ellipses.json (what identify reads) and overlay.png")
      ->required();
  sub->add_flag("--overwrite", arguments->overwrite, "replace the folder if it exists");
  AddDetectionOptions(*sub, arguments->detection);
  sub->callback([arguments, &selected] { selected = [arguments] { return RunDetect(*arguments); }; });
}

}  // namespace perilune::tools
