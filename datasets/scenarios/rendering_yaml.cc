#include "datasets/scenarios/rendering_yaml.h"

#include <limits>

namespace perilune::datasets {
namespace {

int CountOr(const YamlMap& yaml, const std::string& key, int otherwise) {
  if (!yaml.Has(key)) return otherwise;
  const std::int64_t number = yaml.Integer(key);
  if (number < 1 || number > std::numeric_limits<int>::max()) yaml.Fail(key, "must be 1 or more");
  return static_cast<int>(number);
}

bool FlagOr(const YamlMap& yaml, const std::string& key, bool otherwise) {
  return yaml.Has(key) ? yaml.Flag(key) : otherwise;
}

}  // namespace

RenderingOptions ReadRendering(const YamlMap& scenario) {
  RenderingOptions rendering;
  if (!scenario.Has("rendering")) return rendering;
  const YamlMap yaml = scenario.Map("rendering");
  rendering.anti_alias = FlagOr(yaml, "anti_alias", rendering.anti_alias);
  rendering.max_samples_across = CountOr(yaml, "max_samples_across", rendering.max_samples_across);
  rendering.sun_samples = CountOr(yaml, "sun_samples", rendering.sun_samples);
  rendering.earthshine = FlagOr(yaml, "earthshine", rendering.earthshine);
  if (yaml.Has("secondary_light")) {
    const YamlMap light = yaml.Map("secondary_light");
    vision::SecondaryLightOptions options;
    options.rays = CountOr(light, "rays", options.rays);
    options.step_px = CountOr(light, "step_px", options.step_px);
    rendering.secondary_light = options;
  }
  return rendering;
}

}  // namespace perilune::datasets
