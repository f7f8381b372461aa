#include "datasets/scenarios/imaging_yaml.h"

#include <cmath>
#include <limits>
#include <string>

namespace perilune::datasets {
namespace {

/// A number of an optional key; its default without it.
double NumberOr(const YamlMap& yaml, const std::string& key, double otherwise) {
  return yaml.OptionalNumber(key).value_or(otherwise);
}

int WholeNumberOr(const YamlMap& yaml, const std::string& key, int otherwise) {
  if (!yaml.Has(key)) return otherwise;
  const std::int64_t number = yaml.Integer(key);
  if (number < 0 || number > std::numeric_limits<int>::max()) yaml.Fail(key, "must be 0 or more");
  return static_cast<int>(number);
}

vision::VignettingOptions ReadVignetting(const YamlMap& yaml) {
  vision::VignettingOptions o;
  o.cos_power = NumberOr(yaml, "cos_power", o.cos_power);
  o.k2 = NumberOr(yaml, "k2", o.k2);
  o.k4 = NumberOr(yaml, "k4", o.k4);
  o.k6 = NumberOr(yaml, "k6", o.k6);
  return o;
}

vision::LensDustOptions ReadLensDust(const YamlMap& yaml) {
  vision::LensDustOptions o;
  o.count = WholeNumberOr(yaml, "count", o.count);
  o.smallest_radius_px = NumberOr(yaml, "smallest_radius_px", o.smallest_radius_px);
  o.largest_radius_px = NumberOr(yaml, "largest_radius_px", o.largest_radius_px);
  o.deepest = NumberOr(yaml, "deepest", o.deepest);
  return o;
}

vision::StrayLightOptions ReadStrayLight(const YamlMap& yaml) {
  vision::StrayLightOptions o;
  o.veiling_glare = NumberOr(yaml, "veiling_glare", o.veiling_glare);
  o.sun_glow = NumberOr(yaml, "sun_glow", o.sun_glow);
  o.ghost = NumberOr(yaml, "ghost", o.ghost);
  o.ghost_blur_px = NumberOr(yaml, "ghost_blur_px", o.ghost_blur_px);
  return o;
}

vision::PlumeOptions ReadPlume(const YamlMap& yaml) {
  vision::PlumeOptions o;
  o.start_height_m = NumberOr(yaml, "start_height_m", o.start_height_m);
  o.optical_depth_at_ground = NumberOr(yaml, "optical_depth_at_ground", o.optical_depth_at_ground);
  o.radiance_factor = NumberOr(yaml, "radiance_factor", o.radiance_factor);
  return o;
}

vision::DetectorOptions ReadDetector(const YamlMap& yaml) {
  vision::DetectorOptions o;
  o.dark_current_eps = NumberOr(yaml, "dark_current_eps", o.dark_current_eps);
  o.prnu = NumberOr(yaml, "prnu", o.prnu);
  o.dsnu_e = NumberOr(yaml, "dsnu_e", o.dsnu_e);
  o.row_offset_e = NumberOr(yaml, "row_offset_e", o.row_offset_e);
  o.column_offset_e = NumberOr(yaml, "column_offset_e", o.column_offset_e);
  o.hot_pixel_share = NumberOr(yaml, "hot_pixel_share", o.hot_pixel_share);
  o.hot_pixel_rate_eps = NumberOr(yaml, "hot_pixel_rate_eps", o.hot_pixel_rate_eps);
  return o;
}

vision::ExposureControlOptions ReadExposureControl(const YamlMap& yaml) {
  vision::ExposureControlOptions o;
  o.response_per_s = NumberOr(yaml, "response_per_s", o.response_per_s);
  o.shortest_s = NumberOr(yaml, "shortest_s", o.shortest_s);
  o.longest_s = NumberOr(yaml, "longest_s", o.longest_s);
  o.highest_gain = NumberOr(yaml, "highest_gain", o.highest_gain);
  return o;
}

}  // namespace

vision::ImagingOptions ReadImaging(const YamlMap& camera) {
  vision::ImagingOptions imaging;
  imaging.exposure_s = camera.PositiveNumber("exposure_s");
  imaging.psf_sigma_px = camera.NonNegativeNumber("psf_sigma_px");
  imaging.full_well_e = camera.PositiveNumber("full_well_e");
  imaging.read_noise_e = camera.NonNegativeNumber("read_noise_e");
  imaging.bits = static_cast<int>(camera.Integer("bits"));
  if (imaging.bits != 8 && imaging.bits != 12 && imaging.bits != 16)
    camera.Fail("bits", "must be 8, 12 or 16");
  imaging.exposure_gain = NumberOr(camera, "exposure_gain", imaging.exposure_gain);
  imaging.auto_target = NumberOr(camera, "auto_target", imaging.auto_target);
  imaging.black_level = NumberOr(camera, "black_level", imaging.black_level);
  imaging.camera_seed =
      static_cast<std::uint64_t>(WholeNumberOr(camera, "camera_seed", static_cast<int>(imaging.camera_seed)));
  if (camera.Has("vignetting")) imaging.vignetting = ReadVignetting(camera.Map("vignetting"));
  if (camera.Has("lens_dust")) imaging.lens_dust = ReadLensDust(camera.Map("lens_dust"));
  if (camera.Has("stray_light")) imaging.stray_light = ReadStrayLight(camera.Map("stray_light"));
  if (camera.Has("plume")) imaging.plume = ReadPlume(camera.Map("plume"));
  if (camera.Has("detector")) imaging.detector = ReadDetector(camera.Map("detector"));
  if (camera.Has("exposure_control")) {
    imaging.exposure_control = ReadExposureControl(camera.Map("exposure_control"));
  }
  return imaging;
}

std::optional<vision::MotionOptions> ReadMotion(const YamlMap& camera) {
  if (!camera.Has("motion")) return std::nullopt;
  const YamlMap yaml = camera.Map("motion");
  vision::MotionOptions motion;
  motion.exposure_s = camera.PositiveNumber("exposure_s");
  motion.sub_exposures = WholeNumberOr(yaml, "sub_exposures", motion.sub_exposures);
  motion.line_time_s = NumberOr(yaml, "line_time_s", motion.line_time_s);
  motion.band_rows = WholeNumberOr(yaml, "band_rows", motion.band_rows);
  return motion;
}

}  // namespace perilune::datasets
