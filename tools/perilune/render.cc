#include "vision/render/render.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <opencv2/imgcodecs.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "datasets/formats/map_terrain.h"
#include "datasets/formats/shot.h"
#include "dem/ephemeris/sub_solar.h"
#include "dem/ephemeris/time_scales.h"
#include "dem/io/atomic_file.h"
#include "dem/io/data_error.h"
#include "tools/perilune/commands.h"
#include "tools/perilune/interrupt.h"
#include "vision/imaging/exposure.h"

namespace perilune::tools {
namespace {

/// The horizon as seen from 100 km; nothing farther is rendered.
constexpr double kViewLimit_m = 600e3;

struct RenderRequest {
  std::vector<std::filesystem::path> maps;
  std::string assume_crs;
  std::filesystem::path output;

  std::filesystem::path shot;
  double latitude_deg = 0, longitude_deg = 0;
  std::optional<double> height_m;
  double azimuth_deg = 0, off_nadir_deg = 0;
  double field_of_view_deg = 60;
  int size_px = 1024;

  std::string time_utc;
  std::optional<double> sun_elevation_deg;
  double sun_azimuth_deg = 0;
  int sun_samples = 1;
  bool no_shadows = false;

  std::string reflectance = "lunar_lambert";
  double albedo = 0.12;
  std::string product = "picture";
  int bits = 8;
  bool noise = false;
  std::uint64_t seed = 1;
};

struct Viewpoint {
  vision::Camera camera;
  Eigen::Isometry3d moon_from_cam = Eigen::Isometry3d::Identity();
};

/// Camera over a place, its boresight tilted from the nadir towards an azimuth, which is up in the picture.
Eigen::Isometry3d PoseOverPlace(const RenderRequest& request) {
  const dem::LatLon place{dem::DegToRad(request.latitude_deg), dem::DegToRad(request.longitude_deg)};
  const double azimuth = dem::DegToRad(request.azimuth_deg), tilt = dem::DegToRad(request.off_nadir_deg);
  const Eigen::Vector3d ahead(std::sin(azimuth), std::cos(azimuth), 0);
  const Eigen::Vector3d zenith = Eigen::Vector3d::UnitZ();
  Eigen::Isometry3d local_from_cam = Eigen::Isometry3d::Identity();
  local_from_cam.linear().col(0) = ahead.cross(zenith);
  local_from_cam.linear().col(1) = -(std::cos(tilt) * ahead + std::sin(tilt) * zenith);
  local_from_cam.linear().col(2) = std::sin(tilt) * ahead - std::cos(tilt) * zenith;
  local_from_cam.translation() = *request.height_m * zenith;
  return dem::MakeSite(place).moon_from_site * local_from_cam;
}

Viewpoint ViewpointOf(const RenderRequest& request, const std::optional<datasets::Shot>& shot) {
  if (!shot) {
    if (!request.height_m) {
      throw std::invalid_argument("render: where is the camera? give --shot, or --lat --lon --height-m");
    }
    return {vision::PinholeCamera(request.size_px, dem::DegToRad(request.field_of_view_deg)),
            PoseOverPlace(request)};
  }
  if (!shot->prior) throw dem::DataError(request.shot, "it has no prior: the camera's place is unknown");
  return {shot->camera, shot->prior->moon_from_cam};
}

dem::Sun SunOf(const RenderRequest& request, const std::optional<datasets::Shot>& shot,
               const dem::Site& site) {
  if (request.sun_elevation_deg) {
    return dem::SunFromAngles(
        {dem::DegToRad(*request.sun_elevation_deg), dem::DegToRad(request.sun_azimuth_deg)});
  }
  if (!request.time_utc.empty()) return dem::SunAt(dem::ParseUtc(request.time_utc), site);
  if (!shot) throw std::invalid_argument("render: where is the Sun? give --time, or --sun-elevation-deg");
  return datasets::SunOfShot(*shot, site);
}

/// How far outside the view ground may stand that throws its shadow into it: relief of 3 km, within reason.
double ShadowMargin_m(const dem::Sun& sun) {
  const double z = sun.direction_to_sun_in_site.z();
  return std::clamp(3000 * std::sqrt(std::max(0.0, 1 - z * z)) / std::max(z, 1e-3), 2e3, 60e3);
}

vision::Reflectance ReflectanceOf(const std::string& name) {
  static const std::map<std::string, vision::Reflectance> laws = {
      {"lambert", vision::Reflectance::kLambert},
      {"lunar_lambert", vision::Reflectance::kLunarLambert},
      {"hapke", vision::Reflectance::kHapke}};
  return laws.at(name);
}

cv::Mat ProductOf(const vision::View& view, const RenderRequest& request) {
  if (request.product == "radiance") return view.radiance;
  if (request.product == "range") return view.range_m;
  if (request.product == "lit_fraction") return view.lit_fraction;
  vision::ImagingOptions imaging;
  imaging.bits = request.bits;
  if (!request.noise) imaging.full_well_e = 0;
  return vision::ExposeImage(view.radiance, imaging, request.seed, 0);
}

void WriteImage(const std::filesystem::path& path, const cv::Mat& image) {
  std::vector<std::uint8_t> bytes;
  const std::string extension = path.extension() == ".png" ? ".png" : ".tif";
  if (!cv::imencode(extension, image, bytes)) throw std::runtime_error(path.string() + ": cannot be encoded");
  dem::WriteFileAtomically(path, std::string(bytes.begin(), bytes.end()));
}

void CheckOutput(const RenderRequest& request) {
  const std::filesystem::path extension = request.output.extension();
  const bool tiff = extension == ".tif" || extension == ".tiff";
  if (!tiff && extension != ".png")
    throw std::invalid_argument("render: the output must end in .png, .tif or .tiff");
  if (!tiff && request.product != "picture") {
    throw std::invalid_argument("render: " + request.product + " is written as floating point: name a .tif");
  }
}

void Describe(const vision::View& view, const dem::Terrain& terrain, const RenderRequest& request) {
  double range_sum_m = 0;
  int hits = 0;
  for (int row = 0; row < view.range_m.rows; ++row) {
    for (int col = 0; col < view.range_m.cols; ++col) {
      const double range_m = view.range_m.at<double>(row, col);
      if (std::isnan(range_m)) continue;
      range_sum_m += range_m;
      ++hits;
    }
  }
  if (hits == 0) throw dem::DataError(request.maps.back(), "the camera sees nothing of it");
  const dem::SunAngles sun = dem::AnglesOf(view.sun);
  const dem::LatLon& site = terrain.site().origin;
  std::cout << "site           " << dem::RadToDeg(site.latitude_rad) << " N, "
            << dem::RadToDeg(site.longitude_rad) << " E\n"
            << "Sun            elevation " << dem::RadToDeg(sun.elevation_rad) << " deg, azimuth "
            << dem::RadToDeg(sun.azimuth_rad) << " deg\n"
            << "map pixel      " << terrain.Level(0).spacing_m << " m\n"
            << "ground sample  " << range_sum_m / hits / view.camera.FocalLength_px()
            << " m (mean range / focal length)\n"
            << "ground         " << 100.0 * hits / static_cast<double>(view.range_m.total())
            << " % of the picture\n";
}

int Render(const RenderRequest& request) {
  CheckOutput(request);
  std::optional<datasets::Shot> shot;
  if (!request.shot.empty()) shot = datasets::ReadShot(request.shot);
  const Viewpoint viewpoint = ViewpointOf(request, shot);
  const dem::Site site =
      datasets::SiteOfMaps(request.maps).value_or(datasets::SiteAtBoresight(viewpoint.moon_from_cam));
  const Eigen::Isometry3d site_from_cam = site.moon_from_site.inverse() * viewpoint.moon_from_cam;
  const dem::Sun sun = SunOf(request, shot, site);

  const dem::SiteExtent extent =
      datasets::ExtentInView(viewpoint.camera, site_from_cam, ShadowMargin_m(sun), kViewLimit_m);
  const dem::Terrain terrain =
      datasets::TerrainFromMaps(request.maps, site, extent, {request.albedo, request.assume_crs});
  CheckInterrupted();

  vision::RenderOptions options;
  options.reflectance = ReflectanceOf(request.reflectance);
  options.cast_shadows = !request.no_shadows;
  options.sun_samples = request.sun_samples;
  const vision::View view = vision::RenderView(terrain, viewpoint.camera, site_from_cam, sun, options);
  CheckInterrupted();
  Describe(view, terrain, request);
  WriteImage(request.output, ProductOf(view, request));
  return 0;
}

void AddViewOptions(CLI::App& command, RenderRequest& request) {
  CLI::Option* shot =
      command.add_option("--shot", request.shot, "Shot .json: camera, prior pose and Sun of a picture")
          ->group("Camera: --shot, or --lat --lon --height-m");
  const std::string group = shot->get_group();
  CLI::Option* latitude =
      command.add_option("--lat", request.latitude_deg, "Latitude below the camera, deg north")
          ->check(CLI::Range(-90.0, 90.0));
  CLI::Option* longitude =
      command.add_option("--lon", request.longitude_deg, "Longitude below the camera, deg east")
          ->check(CLI::Range(-360.0, 360.0));
  CLI::Option* height = command.add_option("--height-m", request.height_m,
                                           "Height of the camera above the 1 737 400 m sphere, m");
  latitude->needs(longitude, height);
  longitude->needs(latitude, height);
  height->needs(latitude, longitude);
  for (CLI::Option* option :
       {latitude, longitude, height,
        command
            .add_option("--azimuth-deg", request.azimuth_deg,
                        "Azimuth of the tilt and of the picture's upper edge, deg from north eastward")
            ->capture_default_str(),
        command
            .add_option("--off-nadir-deg", request.off_nadir_deg, "Tilt of the boresight from the nadir, deg")
            ->check(CLI::Range(0.0, 180.0))
            ->capture_default_str(),
        command.add_option("--fov-deg", request.field_of_view_deg, "Full field of view, deg")
            ->check(CLI::Range(0.01, 170.0))
            ->capture_default_str(),
        command.add_option("--size-px", request.size_px, "Width and height of the picture, px")
            ->check(CLI::Range(1, 16384))
            ->capture_default_str()}) {
    option->group(group)->excludes(shot);
  }
}

void AddLightOptions(CLI::App& command, RenderRequest& request) {
  const std::string group = "Light: --time, --sun-elevation-deg, or the shot's";
  CLI::Option* time =
      command.add_option("--time", request.time_utc, "UTC, YYYY-MM-DDThh:mm:ss")->group(group);
  CLI::Option* elevation =
      command
          .add_option("--sun-elevation-deg", request.sun_elevation_deg, "Sun above the site's horizon, deg")
          ->check(CLI::Range(-90.0, 90.0))
          ->group(group)
          ->excludes(time);
  command.add_option("--sun-azimuth-deg", request.sun_azimuth_deg, "Sun's azimuth, deg from north eastward")
      ->group(group)
      ->needs(elevation)
      ->capture_default_str();
  command
      .add_option("--sun-samples", request.sun_samples,
                  "Strips of the Sun's disc for penumbrae; 1 = hard shadows")
      ->check(CLI::Range(1, 1000))
      ->group(group)
      ->capture_default_str();
  command.add_flag("--no-shadows", request.no_shadows, "Leave out cast shadows")->group(group);
  command.add_option("--reflectance", request.reflectance, "Law of reflection")
      ->check(CLI::IsMember({"lunar_lambert", "lambert", "hapke"}))
      ->group(group)
      ->capture_default_str();
  command.add_option("--albedo", request.albedo, "Normal albedo of the ground")
      ->check(CLI::Range(0.0, 1.0))
      ->group(group)
      ->capture_default_str();
}

}  // namespace

void AddRender(CLI::App& app, Command& selected) {
  auto* command = app.add_subcommand("render", "Render what a camera sees over a DEM");
  auto request = std::make_shared<RenderRequest>();
  command
      ->add_option(
          "--map", request->maps,
          "DEM of any GDAL format with a lunar CRS; several: finest first. Or one terrain file (.terrain)")
      ->required();
  command->add_option("--assume-crs", request->assume_crs,
                      "CRS of a DEM that has none or another body's, for instance IAU_2015:30100");
  command->add_option("-o,--output", request->output, "Picture to write: .png, .tif")->required();
  AddViewOptions(*command, *request);
  AddLightOptions(*command, *request);
  command
      ->add_option("--product", request->product,
                   "picture (exposed automatically), or as a floating-point .tif: radiance (I/F), range (m), "
                   "lit_fraction (of the Sun)")
      ->check(CLI::IsMember({"picture", "radiance", "range", "lit_fraction"}))
      ->capture_default_str();
  command->add_option("--bits", request->bits, "Bits a pixel of a picture")
      ->check(CLI::IsMember({8, 12, 16}))
      ->capture_default_str();
  CLI::Option* noise = command->add_flag("--noise", request->noise, "Add shot and read noise to a picture");
  command->add_option("--seed", request->seed, "Seed of the noise")->needs(noise)->capture_default_str();
  command->callback([request, &selected] { selected = [request] { return Render(*request); }; });
}

}  // namespace perilune::tools
