#include "tools/perilune/render_imaging.h"

#include <cstdint>
#include <map>
#include <stdexcept>

#include "datasets/scenarios/imaging_yaml.h"

namespace perilune::tools {

datasets::YamlOverrides OverridesOf(const std::vector<std::string>& texts, const std::string& option,
                                    const std::string& prefix) {
  datasets::YamlOverrides overrides;
  for (const std::string& text : texts) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw std::invalid_argument(option + " " + text + ": write it as key=value");
    }
    overrides.emplace_back(prefix + text.substr(0, equals), text.substr(equals + 1));
  }
  return overrides;
}

vision::ImagingOptions ImagingWithoutScenario(const RenderRequest& request) {
  // The keys that a scenario must have, with the library's defaults.
  const std::string defaults =
      "{psf_sigma_px: 0.5, full_well_e: 20000, read_noise_e: 15, bits: 8, exposure_s: 0.001}";
  const datasets::YamlMap yaml =
      datasets::ReadYamlText(defaults, "--imaging", OverridesOf(request.imaging, "--imaging", ""));
  if (yaml.Has("motion")) throw std::invalid_argument("--imaging motion: only a scenario's camera moves");
  vision::ImagingOptions imaging = datasets::ReadImaging(yaml);
  yaml.RefuseUnknownKeys();
  if (request.bits) imaging.bits = *request.bits;
  if (!request.noise) imaging.full_well_e = 0;
  imaging.Validate();
  return imaging;
}

vision::RenderOptions RenderOptionsOf(const RenderRequest& request, const vision::RenderOptions& otherwise,
                                      std::optional<std::int64_t> t_ns, const dem::Site& site) {
  static const std::map<std::string, vision::Reflectance> laws = {
      {"lambert", vision::Reflectance::kLambert},
      {"lunar_lambert", vision::Reflectance::kLunarLambert},
      {"hapke", vision::Reflectance::kHapke}};
  vision::RenderOptions options = otherwise;
  if (!request.reflectance.empty()) options.reflectance = laws.at(request.reflectance);
  options.cast_shadows = !request.no_shadows;
  options.sun_samples = request.sun_samples.value_or(options.sun_samples);
  options.anti_alias = options.anti_alias || request.anti_alias;
  options.max_samples_across = request.max_samples_across.value_or(options.max_samples_across);
  if (request.secondary_light && !options.secondary_light) options.secondary_light.emplace();
  if (options.secondary_light) {
    vision::SecondaryLightOptions& light = *options.secondary_light;
    light.rays = request.secondary_rays.value_or(light.rays);
    light.step_px = request.secondary_step_px.value_or(light.step_px);
  }
  if (request.earthshine) {
    if (!t_ns) {
      throw std::invalid_argument(
          "--earthshine: the Sun's angles do not say where the Earth is: give --time");
    }
    options.earthshine = vision::EarthshineAt(*t_ns, site);
  }
  return options;
}

vision::Camera Scaled(const vision::Camera& camera, double scale) {
  constexpr std::int64_t kMostPixels = std::int64_t{1} << 28;
  const vision::Camera scaled = scale == 1 ? camera : camera.Scaled(scale);
  if (std::int64_t{scaled.width_px} * scaled.height_px > kMostPixels) {
    throw std::invalid_argument("render: the picture would have " + std::to_string(scaled.width_px) + " x " +
                                std::to_string(scaled.height_px) +
                                " pixels, more than 268 million: make it smaller with --scale");
  }
  return scaled;
}

}  // namespace perilune::tools
