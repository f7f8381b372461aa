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

vision::RenderOptions RenderOptionsOf(const RenderRequest& request, vision::Reflectance otherwise) {
  static const std::map<std::string, vision::Reflectance> laws = {
      {"lambert", vision::Reflectance::kLambert},
      {"lunar_lambert", vision::Reflectance::kLunarLambert},
      {"hapke", vision::Reflectance::kHapke}};
  vision::RenderOptions options;
  options.reflectance = request.reflectance.empty() ? otherwise : laws.at(request.reflectance);
  options.cast_shadows = !request.no_shadows;
  options.sun_samples = request.sun_samples;
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
