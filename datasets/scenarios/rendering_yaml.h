#pragma once

#include <optional>

#include "datasets/formats/yaml_map.h"
#include "vision/render/render.h"

namespace perilune::datasets {

/// How the truth's images are drawn, beside the ground's law of reflection.
struct RenderingOptions {
  bool anti_alias = false;
  int max_samples_across = 4;
  int sun_samples = 1;
  std::optional<vision::SecondaryLightOptions> secondary_light;
  bool earthshine = false;  ///< of the scenario's epoch
};

/// A scenario's optional section `rendering`, every key of it optional: `anti_alias` (true/false)
/// `max_samples_across sun_samples`, `secondary_light` (a mapping, `{}` for the defaults: `rays step_px`; off
/// without it) and `earthshine` (true/false). Throws dem::DataError.
RenderingOptions ReadRendering(const YamlMap& scenario);

}  // namespace perilune::datasets
