#include "vision/imaging/exposure.h"

#include <cmath>
#include <stdexcept>
#include <string>

#include "vision/imaging/option_check.h"
#include "vision/imaging/psf.h"

namespace perilune::vision {
namespace {

void CheckType(const cv::Mat& radiance) {
  if (radiance.empty() || radiance.type() != CV_32FC1) {
    throw std::invalid_argument("imaging: the radiance image must be CV_32F and not empty");
  }
}

const Camera& CameraOf(const ImagingScene& scene, const cv::Mat& image, const std::string& effect) {
  if (!scene.camera) throw std::invalid_argument("imaging: " + effect + " needs the scene's camera");
  if (scene.camera->width_px != image.cols || scene.camera->height_px != image.rows) {
    throw std::invalid_argument("imaging: the scene's camera is not of the image's size");
  }
  return *scene.camera;
}

/// Light on the detector: what the optics and what lies before them make of the radiance (NaN set to 0).
cv::Mat ThroughOptics(cv::Mat light, const ImagingOptions& options, const ImagingScene& scene) {
  if (!options.stray_light.Off()) {
    light = AddStrayLight(light, options.stray_light, CameraOf(scene, light, "stray_light"),
                          scene.direction_to_sun_in_cam);
  }
  light = BlurByPsf(light, options.psf_sigma_px);
  if (!options.vignetting.Off()) {
    light = light.mul(VignettingMap(options.vignetting, CameraOf(scene, light, "vignetting")));
  }
  if (!options.lens_dust.Off()) {
    light = light.mul(LensDustMap(options.lens_dust, light.size(), options.camera_seed));
  }
  return light;
}

}  // namespace

void ImagingOptions::Validate() const {
  RequireWithin("psf_sigma_px", psf_sigma_px, 0, 50);
  RequireNonNegative("exposure_gain", exposure_gain);
  RequireOption(auto_target > 0 && auto_target <= 1, "auto_target", auto_target, "above 0 and up to 1");
  RequireNonNegative("full_well_e", full_well_e);
  RequireNonNegative("read_noise_e", read_noise_e);
  RequireOption(black_level >= 0 && black_level < 1, "black_level", black_level, "0 or more and below 1");
  RequireOption(bits == 0 || bits == 8 || bits == 12 || bits == 16, "bits", bits, "8, 12, 16, or 0");
  RequireNonNegative("exposure_s", exposure_s);
  vignetting.Validate();
  lens_dust.Validate();
  stray_light.Validate();
  plume.Validate();
  detector.Validate();
  exposure_control.Validate();
  RequireOption(full_well_e > 0 || !detector.HasOffsets(), "full_well_e", full_well_e,
                "positive where the detector has dark current or offsets");
}

ImagingOptions IdealImaging() {
  ImagingOptions options;
  options.psf_sigma_px = 0;
  options.exposure_gain = 1;
  options.full_well_e = options.read_noise_e = 0;
  options.black_level = 0;
  options.bits = 0;
  return options;
}

cv::Mat ExposeImage(const cv::Mat& radiance, const ImagingOptions& options, std::uint64_t seed,
                    std::uint64_t stream, const ImagingScene& scene) {
  options.Validate();
  CheckType(radiance);
  cv::Mat before_lens = radiance;
  if (PlumeOpticalDepth(options.plume, scene.height_m) > 0) {
    before_lens = radiance.clone();
    cv::patchNaNs(before_lens, 0);
    before_lens = SeenThroughPlume(before_lens, options.plume, scene.height_m);
  }
  const double gain =
      options.exposure_gain > 0 ? options.exposure_gain : AutomaticGain(before_lens, options.auto_target);
  const Exposure exposure = SetExposure(gain, options.exposure_s, options.exposure_control);
  cv::Mat light = before_lens.clone();
  cv::patchNaNs(light, 0);
  return ReadOut(ThroughOptics(light, options, scene), exposure, options.detector,
                 {options.full_well_e, options.read_noise_e, options.black_level, options.bits},
                 {options.camera_seed, seed, stream});
}

}  // namespace perilune::vision
