#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "datasets/formats/fix_file.h"
#include "datasets/formats/image_file.h"
#include "datasets/formats/map_terrain.h"
#include "datasets/formats/shot.h"
#include "dem/io/atomic_file.h"
#include "dem/io/data_error.h"
#include "tools/perilune/commands.h"
#include "tools/perilune/interrupt.h"
#include "tools/perilune/output_folder.h"
#include "tools/perilune/picture_file.h"
#include "tools/realism/photo_comparison.h"
#include "vision/render/render.h"

namespace perilune::tools {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr int kSunStrips = 8;

struct CompareArguments {
  std::string shot, fix, map, out, assume_crs;
  bool overwrite = false;
  int points_per_pixel = 3;
  std::vector<double> marks;
  PhotoComparisonOptions options;
};

std::vector<PictureMark> MarksOf(const std::vector<double>& numbers) {
  std::vector<PictureMark> marks;
  for (std::size_t i = 0; i + 2 < numbers.size(); i += 3) {
    marks.push_back({numbers[i], numbers[i + 1], numbers[i + 2]});
  }
  return marks;
}

cv::Mat RadianceFrom(const Eigen::Isometry3d& moon_from_cam, const CompareArguments& arguments,
                     const datasets::Shot& shot) {
  const dem::Site site = datasets::SiteAtBoresight(moon_from_cam);
  const Eigen::Isometry3d site_from_cam = site.moon_from_site.inverse() * moon_from_cam;
  datasets::MapTerrainOptions options;
  options.assume_crs = arguments.assume_crs;
  options.points_per_pixel = arguments.points_per_pixel;
  const dem::Terrain terrain = datasets::TerrainFromMap(
      arguments.map, site,
      datasets::ExtentInView(shot.camera, site_from_cam, datasets::kShadowMargin_m, 1'000'000), options);
  vision::RenderOptions render;
  render.sun_samples = kSunStrips;
  return vision::RenderView(terrain, shot.camera, site_from_cam, datasets::SunOfShot(shot, site), render)
      .radiance;
}

Json Write(const WindowCorrelation& value) { return {{"median", value.median}, {"p10", value.p10}}; }

Json ToJson(const PhotoComparison& c, const PhotoComparisonOptions& options) {
  return {{"windows", c.windows},
          {"windows_left_out", c.marked},
          {"window_px", options.window_px},
          {"low_pass_sigma_px", options.low_pass_sigma_px},
          {"film", {{"offset_dn", c.film.offset_dn}, {"gain_dn", c.film.gain_dn}, {"gamma", c.film.gamma}}},
          {"correlation", Write(c.filtered)},
          {"correlation_without_film_curve", Write(c.filtered_linear)},
          {"correlation_unfiltered", Write(c.unfiltered)},
          {"correlation_unfiltered_without_film_curve", Write(c.unfiltered_linear)},
          {"large_scale",
           {{"sigma_px", options.large_scale_sigma_px},
            {"offset_dn", c.large_scale.offset_dn},
            {"gain_dn", c.large_scale.gain_dn},
            {"ratio_rms", c.large_scale_ratio_rms}}}};
}

void Print(const PhotoComparison& c, const PhotoComparisonOptions& options) {
  const auto line = [](const char* name, const WindowCorrelation& film, const WindowCorrelation& linear) {
    std::cout << name << "median " << film.median << ", p10 " << film.p10 << " (without the film's curve "
              << linear.median << ", " << linear.p10 << ")\n";
  };
  std::cout << "windows        " << c.windows << " of " << options.window_px << " px, " << c.marked
            << " left out\n"
            << "film           " << c.film.offset_dn << " + " << c.film.gain_dn << " x radiance^"
            << c.film.gamma << " DN\n";
  line("NCC, low-passed ", c.filtered, c.filtered_linear);
  line("NCC, unfiltered ", c.unfiltered, c.unfiltered_linear);
  std::cout << "large scale    ratio " << 100 * c.large_scale_ratio_rms << " % RMS after gain and offset "
            << c.large_scale.offset_dn << " DN (sigma " << options.large_scale_sigma_px << " px)\n";
}

int RunCompare(CompareArguments arguments) {
  arguments.options.marks = MarksOf(arguments.marks);
  const datasets::Shot shot = datasets::ReadShot(arguments.shot);
  const Eigen::Isometry3d moon_from_cam = datasets::ReadFixPose(arguments.fix);
  const cv::Mat photo = datasets::ReadGreyImage(shot.image);
  if (photo.cols != shot.camera.width_px || photo.rows != shot.camera.height_px) {
    throw dem::DataError(shot.image, "has not the size of the shot's camera");
  }
  OutputFolder folder(arguments.out, arguments.overwrite);
  const PhotoComparison comparison =
      ComparePhoto(photo, RadianceFrom(moon_from_cam, arguments, shot), arguments.options);
  CheckInterrupted();
  WritePicture(folder.staging() / "comparison.png",
               DrawPhotoComparison(photo, comparison, arguments.options));
  dem::WriteFileAtomically(folder.staging() / "comparison.json",
                           ToJson(comparison, arguments.options).dump(1) + "\n");
  folder.Commit();
  Print(comparison, arguments.options);
  return 0;
}

}  // namespace

void AddCompare(CLI::App& app, Command& selected) {
  auto arguments = std::make_shared<CompareArguments>();
  CLI::App* sub = app.add_subcommand(
      "compare", "How well the map rendered at a fix explains the photograph: correlation and brightness");
  sub->add_option("SHOT", arguments->shot, "shot file (.json): image, camera, time, optional Sun")
      ->required();
  sub->add_option("--fix", arguments->fix, "fix.json of `perilune fix` for this shot")->required();
  sub->add_option("--map", arguments->map, "DEM with a lunar CRS, any GDAL format")->required();
  sub->add_option("-o,--output", arguments->out, "folder for comparison.json and comparison.png")->required();
  sub->add_flag("--overwrite", arguments->overwrite, "replace the folder if it exists");
  sub->add_option("--assume-crs", arguments->assume_crs,
                  "take the DEM to have this CRS, e.g. IAU_2015:30100");
  sub->add_option("--points-per-pixel", arguments->points_per_pixel,
                  "points of the surface for each pixel of the DEM, along each axis")
      ->capture_default_str()
      ->check(CLI::Range(1, 16));
  sub->add_option("--window-px", arguments->options.window_px, "side of the compared windows, px")
      ->capture_default_str()
      ->check(CLI::Range(8, 4096));
  sub->add_option("--low-pass-px", arguments->options.low_pass_sigma_px,
                  "1 sigma of the low-pass of both pictures, px")
      ->capture_default_str()
      ->check(CLI::Range(0.3, 100.0));
  sub->add_option("--large-scale-px", arguments->options.large_scale_sigma_px,
                  "1 sigma of the low-pass for the ratio of brightness, px")
      ->capture_default_str()
      ->check(CLI::Range(1.0, 1000.0));
  sub->add_option(
         "--mark", arguments->marks,
         "column, row and radius (px) of a fiducial or another mark that is not ground; may be repeated")
      ->type_size(3)
      ->expected(0, 100);
  sub->callback([arguments, &selected] { selected = [arguments] { return RunCompare(*arguments); }; });
}

}  // namespace perilune::tools
