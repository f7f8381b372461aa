#include "tools/perilune/render_request.h"

#include <CLI/CLI.hpp>
#include <stdexcept>

namespace perilune::tools {
namespace {

void AddScenarioOptions(CLI::App& command, RenderRequest& request) {
  const std::string group = "From a scenario (its truth, Sun and camera)";
  CLI::Option* scenario = command
                              .add_option("scenario,--scenario", request.scenario,
                                          "Scenario file, or the name of one (demo, hadley)")
                              ->group(group);
  command.add_option("--t-s", request.t_s, "Time of mid-exposure after the scenario's start, s")
      ->group(group)
      ->needs(scenario)
      ->capture_default_str();
  command
      .add_option("--set", request.settings,
                  "Replace a value of the scenario, as dotted.key=value; may be repeated")
      ->group(group)
      ->needs(scenario)
      ->allow_extra_args(false);
}

void AddCameraOptions(CLI::App& command, RenderRequest& request) {
  const std::string group = "From a DEM: --shot, --isd, or --lat --lon --height-m";
  CLI::Option* shot =
      command.add_option("--shot", request.shot, "Shot .json: camera, prior pose and Sun of a picture");
  CLI::Option* isd = command.add_option(
      "--isd", request.isd, "ISD .json of a framing camera (ALE / USGS CSM): camera, pose and time");
  shot->group(group)->excludes(isd);
  isd->group(group);
  CLI::Option* latitude =
      command.add_option("--lat", request.latitude_deg, "Latitude below the camera, deg north")
          ->check(CLI::Range(-90.0, 90.0));
  CLI::Option* longitude =
      command.add_option("--lon", request.longitude_deg, "Longitude below the camera, deg east")
          ->check(CLI::Range(-360.0, 360.0));
  CLI::Option* height = command.add_option("--height-m", request.height_m,
                                           "Height of the camera above the 1 737 400 m sphere, m");
  CLI::Option* above_ground = command.add_flag(
      "--above-ground", request.above_ground,
      "Count --height-m from the ground of the first --map below the camera, not from the sphere");
  above_ground->needs(height);
  latitude->needs(longitude, height);
  longitude->needs(latitude, height);
  height->needs(latitude, longitude);
  CLI::Option* azimuth =
      command.add_option("--azimuth-deg", request.azimuth_deg,
                         "Azimuth of the tilt and of the picture's upper edge, deg from north eastward");
  CLI::Option* tilt =
      command
          .add_option("--off-nadir-deg", request.off_nadir_deg, "Tilt of the boresight from the nadir, deg")
          ->check(CLI::Range(0.0, 180.0));
  CLI::Option* field = command.add_option("--fov-deg", request.field_of_view_deg, "Full field of view, deg")
                           ->check(CLI::Range(0.01, 170.0));
  CLI::Option* size = command.add_option("--size-px", request.size_px, "Width and height of the picture, px")
                          ->check(CLI::Range(1, 16384));
  for (CLI::Option* option : {azimuth, tilt, field, size}) option->capture_default_str();
  for (CLI::Option* option : {latitude, longitude, height, above_ground, azimuth, tilt, field, size}) {
    option->group(group)->excludes(shot, isd);
  }
}

void AddGroundOptions(CLI::App& command, RenderRequest& request) {
  const std::string group = "Ground";
  command
      .add_option(
          "--map", request.maps,
          "DEM of any GDAL format with a lunar CRS; several: finest first. Or one terrain file (.terrain)")
      ->group(group);
  command
      .add_option("--assume-crs", request.assume_crs,
                  "CRS of a DEM that has none or another body's, for instance IAU_2015:30100")
      ->group(group);
  command.add_option("--albedo", request.albedo, "Normal albedo of a DEM's ground")
      ->check(CLI::Range(0.0, 1.0))
      ->group(group)
      ->capture_default_str();
  command
      .add_option(
          "--albedo-map", request.albedo_map,
          "Raster of normal albedo (0 to 1; any GDAL format with a lunar CRS), resampled to the DEM's "
          "grid; --albedo where it has none")
      ->group(group);
  command
      .add_option("--reflectance", request.reflectance,
                  "Law of reflection; default: the scenario's, lunar_lambert over a DEM")
      ->check(CLI::IsMember({"lunar_lambert", "lambert", "hapke"}))
      ->group(group);
}

void AddLightOptions(CLI::App& command, RenderRequest& request) {
  const std::string group = "Light: --time, --sun-elevation-deg, or the shot's, the ISD's, the scenario's";
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
                  "Strips of the Sun's disc for penumbrae; 1 = hard shadows; default: the scenario's, else 1")
      ->check(CLI::Range(1, 1000))
      ->group(group);
  command.add_flag("--no-shadows", request.no_shadows, "Leave out cast shadows")->group(group);
  command
      .add_flag("--secondary-light", request.secondary_light,
                "Add sunlight by way of other ground, once reflected: what lights a shadow")
      ->group(group);
  command
      .add_option(
          "--secondary-rays", request.secondary_rays,
          "Rays that gather it, from each place where it is gathered; default: the scenario's, else 64")
      ->check(CLI::Range(1, 65536))
      ->group(group);
  command
      .add_option("--secondary-step-px", request.secondary_step_px,
                  "Pixels from one such place to the next, px; default: the scenario's, else 4")
      ->check(CLI::Range(1, 1024))
      ->group(group);
  command
      .add_flag("--earthshine", request.earthshine,
                "Add sunlight by way of the Earth; needs a time, not the Sun's angles alone")
      ->group(group)
      ->excludes(elevation);
}

void AddSamplingOptions(CLI::App& command, RenderRequest& request) {
  const std::string group = "Sampling";
  command
      .add_flag("--anti-alias", request.anti_alias,
                "Average several rays over pixels that are coarser than the ground's grid")
      ->group(group);
  command
      .add_option("--max-samples-across", request.max_samples_across,
                  "Most of them along each axis of a pixel; default: the scenario's, else 4")
      ->check(CLI::Range(1, 64))
      ->group(group);
}

void AddImagingOptions(CLI::App& command, RenderRequest& request) {
  const std::string group = "Imaging (of a picture)";
  command.add_option("--bits", request.bits, "Bits a pixel; default: the scenario's, 8 over a DEM")
      ->check(CLI::IsMember({8, 12, 16}))
      ->group(group);
  CLI::Option* noise =
      command.add_flag("--noise", request.noise, "Shot, read and detector noise (a scenario has it anyway)")
          ->group(group);
  command.add_flag("--no-noise", request.no_noise, "Leave out a scenario's noise")
      ->group(group)
      ->excludes(noise);
  command.add_option("--seed", request.seed, "Seed of the noise (1), or of the scenario's ground and noise")
      ->group(group);
  command
      .add_option("--imaging", request.imaging,
                  "An effect of the camera, as key=value with the keys of a scenario's camera section: "
                  "psf_sigma_px=0.5 exposure_gain=0 auto_target=0.7 black_level=0.02 full_well_e=20000 "
                  "read_noise_e=15 vignetting.cos_power=4 lens_dust.count=20 stray_light.veiling_glare=0.02 "
                  "plume.start_height_m=40 detector.prnu=0.01 exposure_control.response_per_s=900 ..., "
                  "with a scenario also motion.sub_exposures=8 motion.line_time_s=1e-5; may be repeated")
      ->group(group)
      ->allow_extra_args(false);
}

void AddProductOptions(CLI::App& command, RenderRequest& request) {
  const std::string group = "Product";
  command.add_option("-o,--output", request.output, "File to write: .png, .tif")->required()->group(group);
  command
      .add_option("--product", request.product,
                  "picture (exposed automatically); or as a floating-point .tif: radiance (I/F), range (m), "
                  "lit_fraction (of the Sun), geometry (all that --with-geometry writes)")
      ->check(CLI::IsMember({"picture", "radiance", "range", "lit_fraction", "geometry"}))
      ->group(group)
      ->capture_default_str();
  command
      .add_option("--scale", request.scale,
                  "Size of the picture as a share of its camera's, which is scaled with it")
      ->check(CLI::Range(1e-4, 1.0))
      ->group(group)
      ->capture_default_str();
  CLI::Option* physical =
      command.add_flag("--physical", request.physical, "Radiance in W m-2 sr-1 and not as I/F")->group(group);
  command
      .add_option("--sun-distance-au", request.sun_distance_au,
                  "Of the Moon; default: at the time, 1 where none is known")
      ->check(CLI::Range(0.9, 1.1))
      ->needs(physical)
      ->group(group);
  command
      .add_option("--band-fraction", request.band_fraction,
                  "Share of the Sun's light in the band (400-700 nm: 0.366); 1 = all")
      ->check(CLI::Range(1e-6, 1.0))
      ->needs(physical)
      ->group(group)
      ->capture_default_str();
  command
      .add_flag("--with-geometry", request.with_geometry,
                "Also write <output>_geometry.tif, a float band each: point_x_m point_y_m point_z_m (site), "
                "latitude_deg longitude_deg height_m, normal_x normal_y normal_z, incidence_rad emission_rad "
                "phase_rad, lit_fraction [crater_id]; NaN where no ground is seen")
      ->group(group);
  command
      .add_option("--craters", request.craters,
                  "Catalogue .csv for crater_id: columns lat_deg, lon_deg and diameter_km or diameter_m, or "
                  "a_dia_km b_dia_km angle_rad; ids are row numbers from 1 unless `id` is a whole number")
      ->group(group);
}

}  // namespace

void RenderRequest::Validate() const {
  const auto refuse = [](const std::string& what) { throw std::invalid_argument("render: " + what); };
  const std::filesystem::path extension = output.extension();
  const bool tiff = extension == ".tif" || extension == ".tiff";
  if (!tiff && extension != ".png") refuse("the output must end in .png, .tif or .tiff");
  if (!tiff && product != "picture") refuse(product + " is written as floating point: name a .tif");
  if (FromScenario()) {
    if (!shot.empty() || !isd.empty() || height_m) {
      refuse("a scenario has its own camera: leave out --shot, --isd, --lat --lon --height-m");
    }
    if (!maps.empty() || !assume_crs.empty()) refuse("a scenario has its own ground: leave out --map");
    if (!albedo_map.empty()) refuse("a scenario has its own ground: leave out --albedo-map");
    if (!time_utc.empty() || sun_elevation_deg) {
      refuse(
          "a scenario has its own Sun: leave out --time, --sun-elevation-deg (--set epoch_utc=... moves it)");
    }
  } else {
    if (maps.empty()) refuse("over which ground? give --map, or name a scenario");
    if (shot.empty() && isd.empty() && !height_m) {
      refuse("where is the camera? give --shot, --isd, --lat --lon --height-m, or name a scenario");
    }
    if (no_noise) refuse("--no-noise is for scenarios: without one there is none unless --noise");
    if (seed && !noise) refuse("--seed needs --noise or a scenario");
  }
  if (!FromScenario()) {
    if ((secondary_rays || secondary_step_px) && !secondary_light) {
      refuse("--secondary-rays and --secondary-step-px need --secondary-light");
    }
    if (max_samples_across && !anti_alias) refuse("--max-samples-across needs --anti-alias");
  }
  if (physical && product != "radiance") refuse("--physical goes with --product radiance");
  if (!craters.empty() && !WantsGeometry()) refuse("--craters needs --with-geometry or --product geometry");
  if (with_geometry && product == "geometry") refuse("--with-geometry adds to another product than geometry");
}

void AddRenderOptions(CLI::App& command, RenderRequest& request) {
  AddScenarioOptions(command, request);
  AddCameraOptions(command, request);
  AddGroundOptions(command, request);
  AddLightOptions(command, request);
  AddSamplingOptions(command, request);
  AddImagingOptions(command, request);
  AddProductOptions(command, request);
}

}  // namespace perilune::tools
