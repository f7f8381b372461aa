#include "nav/fix/fix_from_image.h"

#include <CLI/CLI.hpp>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include "datasets/formats/fix_file.h"
#include "datasets/formats/image_file.h"
#include "datasets/formats/map_terrain.h"
#include "datasets/formats/shot.h"
#include "datasets/formats/uncertainty.h"
#include "dem/io/data_error.h"
#include "dem/statistics/detail_pixel.h"
#include "tools/perilune/commands.h"
#include "tools/perilune/interrupt.h"
#include "tools/perilune/output_folder.h"
#include "tools/perilune/picture_file.h"
#include "tools/report/fix_overlay.h"

namespace perilune::tools {
namespace {

namespace fs = std::filesystem;

constexpr int kNoFixExitCode = 3;

struct FixArguments {
  std::string shot, map, out, assume_crs;
  bool overwrite = false, require_fix = false, use_prior = false;
  std::optional<double> tie_horizontal_m, tie_vertical_m, height_sigma_m, height_correlation_m;
  int patches_across = 20, points_per_pixel = 3;
  double patch_map_px = nav::FixOptions().patch_map_px;
};

nav::PosePrior PriorOf(const datasets::ShotPrior& shot_prior, const dem::Site& site, bool use_prior) {
  nav::PosePrior prior;
  prior.site_from_cam = site.moon_from_site.inverse() * shot_prior.moon_from_cam;
  dem::Vector6d sigma;
  sigma << Eigen::Vector3d::Constant(shot_prior.attitude_sigma_rad),
      Eigen::Vector3d::Constant(shot_prior.position_sigma_m);
  prior.covariance = sigma.cwiseAbs2().asDiagonal();
  // The picture alone decides; the prior says where to look.
  prior.use_attitude = use_prior;
  prior.use_position = use_prior;
  return prior;
}

nav::MapDeclaration DeclarationOf(const FixArguments& arguments, const dem::Terrain& terrain) {
  const datasets::MapUncertainty file = datasets::ReadMapUncertainty(arguments.map);
  nav::MapDeclaration declaration;
  declaration.map_pixel_m = arguments.points_per_pixel * terrain.Level(0).spacing_m;
  declaration.detail_pixel_m =
      dem::DetailPixel_m(terrain.Level(0).z_m, declaration.map_pixel_m, arguments.points_per_pixel);
  declaration.height_sigma_m = arguments.height_sigma_m.value_or(file.height_sigma_m.value_or(0));
  declaration.height_correlation_m =
      arguments.height_correlation_m.value_or(file.height_correlation_m.value_or(0));
  declaration.tie_sigma_horizontal_m =
      arguments.tie_horizontal_m ? arguments.tie_horizontal_m : file.tie_sigma_horizontal_m;
  declaration.tie_sigma_vertical_m =
      arguments.tie_vertical_m ? arguments.tie_vertical_m : file.tie_sigma_vertical_m;
  return declaration;
}

nav::FixOptions OptionsOf(const FixArguments& arguments) {
  nav::FixOptions options;
  options.patch_map_px = arguments.patch_map_px;
  options.match.patches_across = arguments.patches_across;
  options.working_map_px = 0;  // every pixel of the picture
  options.estimate.holdout = true;
  return options;
}

void Print(const nav::Fix& fix, const nav::MapDeclaration& map, const dem::Site& site,
           const Eigen::Isometry3d& prior) {
  std::cout << "status        " << nav::ToString(fix.status) << (fix.reason.empty() ? "" : ": " + fix.reason)
            << '\n'
            << "inliers       " << fix.inliers << " of " << fix.attempted << " patches\n";
  if (!fix.HasPose()) return;
  const dem::Geodetic place = dem::GeodeticFromSite(site, fix.site_from_cam.translation());
  const Eigen::Vector3d moved = fix.site_from_cam.translation() - prior.translation();
  const dem::Vector6d sigma = fix.covariance_map_relative.diagonal().cwiseSqrt();
  std::cout << "residual      " << fix.residual_rms_px << " px RMS, held out " << fix.holdout_rms_px
            << " px\n"
            << "camera        latitude " << dem::RadToDeg(place.place.latitude_rad) << " deg, longitude "
            << dem::RadToDeg(place.place.longitude_rad) << " deg, " << place.height_m
            << " m above the sphere\n"
            << "correction    " << moved.x() << " m east, " << moved.y() << " m north, " << moved.z()
            << " m up\n"
            << "1 sigma (map) " << sigma(3) << " m east, " << sigma(4) << " m north, " << sigma(5)
            << " m up\n"
            << "map pixel     " << fix.map_pixel_m << " m, ground sample " << fix.ground_sample_m << " m\n";
  if (map.IsBlurred())
    std::cout << "map relief    worth a pixel of " << map.DetailPixel_m() << " m, in which it was matched\n";
  if (!fix.covariance_absolute)
    std::cout << "absolute      none: the map declares no tie (see --tie-horizontal-m)\n";
}

int RunFix(const FixArguments& arguments) {
  const datasets::Shot shot = datasets::ReadShot(arguments.shot);
  if (!shot.prior) throw dem::DataError(arguments.shot, "has no `prior`: add a pose to start from");
  const cv::Mat image = datasets::ReadGreyImage(shot.image);
  if (image.cols != shot.camera.width_px || image.rows != shot.camera.height_px) {
    throw dem::DataError(shot.image, std::to_string(image.cols) + " x " + std::to_string(image.rows) +
                                         " px, but the shot's camera has " +
                                         std::to_string(shot.camera.width_px) + " x " +
                                         std::to_string(shot.camera.height_px));
  }
  OutputFolder folder(arguments.out, arguments.overwrite);
  const dem::Site site = datasets::SiteAtBoresight(shot.prior->moon_from_cam);
  const nav::PosePrior prior = PriorOf(*shot.prior, site, arguments.use_prior);
  const double margin_m = datasets::kShadowMargin_m + 4 * shot.prior->position_sigma_m;
  const dem::SiteExtent extent =
      datasets::ExtentInView(shot.camera, prior.site_from_cam, margin_m, 1'000'000);
  datasets::MapTerrainOptions map_options;
  map_options.assume_crs = arguments.assume_crs;
  map_options.points_per_pixel = arguments.points_per_pixel;
  const dem::Terrain terrain = datasets::TerrainFromMap(arguments.map, site, extent, map_options);
  const dem::Sun sun = datasets::SunOfShot(shot, site);
  const nav::FixOptions options = OptionsOf(arguments);
  const nav::MapDeclaration declaration = DeclarationOf(arguments, terrain);
  const nav::Fix fix = nav::FixFromImage(image, shot.camera, terrain, sun, prior, declaration, options);

  const Eigen::Isometry3d& shown = fix.HasPose() ? fix.site_from_cam : prior.site_from_cam;
  const vision::View view = vision::RenderView(terrain, shot.camera, shown, sun, options.render);
  WritePicture(folder.staging() / "overlay.png", DrawFixOverlay(image, view.radiance, fix));
  datasets::WriteFixJson(folder.staging() / "fix.json", fix,
                         {shot.image.filename().string(), fs::path(arguments.map).filename().string(),
                          shot.time_utc, site, prior.site_from_cam});
  CheckInterrupted();
  folder.Commit();
  Print(fix, declaration, site, prior.site_from_cam);
  return arguments.require_fix && fix.status != nav::FixStatus::kAccepted ? kNoFixExitCode : 0;
}

}  // namespace

void AddFix(CLI::App& app, Command& selected) {
  auto arguments = std::make_shared<FixArguments>();
  CLI::App* sub =
      app.add_subcommand("fix", "Where one picture was taken from: pose with covariance and an overlay");
  sub->add_option("SHOT", arguments->shot, "shot file (.json): image, camera, time, prior pose, optional Sun")
      ->required();
  sub->add_option("--map", arguments->map, "DEM with a lunar CRS, any GDAL format")->required();
  sub->add_option("-o,--output", arguments->out, "folder for fix.json and overlay.png")->required();
  sub->add_flag("--overwrite", arguments->overwrite, "replace the folder if it exists");
  sub->add_flag("--require-fix", arguments->require_fix, "exit code 3 when no fix is accepted");
  sub->add_flag("--use-prior", arguments->use_prior,
                "let the prior pose pull the solution by its sigmas; by default it only says where to look");
  sub->add_option("--patch-map-px", arguments->patch_map_px,
                  "side of the matched patches, map pixels (at least 64 px of the matched image, at most 0.3 "
                  "of its side)")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  sub->add_option("--patches-across", arguments->patches_across, "patches along each axis of a regular grid")
      ->capture_default_str()
      ->check(CLI::Range(4, 100));
  sub->add_option("--points-per-pixel", arguments->points_per_pixel,
                  "points of the rendered surface for each pixel of the DEM, along each axis")
      ->capture_default_str()
      ->check(CLI::Range(1, 16));
  sub->add_option("--height-sigma-m", arguments->height_sigma_m,
                  "1 sigma of the map's heights, m (default: the sidecar's, else 0)");
  sub->add_option(
      "--height-correlation-m", arguments->height_correlation_m,
      "distance at which the correlation of their errors is 1/e, m (default: the sidecar's, else 0)");
  sub->add_option("--tie-horizontal-m", arguments->tie_horizontal_m,
                  "1 sigma of the map's tie, each horizontal axis, m (default: the sidecar's; without it no "
                  "absolute covariance)");
  sub->add_option("--tie-vertical-m", arguments->tie_vertical_m,
                  "1 sigma of the map's tie, vertical, m (default: the sidecar's)");
  sub->add_option("--assume-crs", arguments->assume_crs,
                  "take the DEM to have this CRS, e.g. IAU_2015:30100");
  sub->callback([arguments, &selected] { selected = [arguments] { return RunFix(*arguments); }; });
}

}  // namespace perilune::tools
