#pragma once

#include <cstdint>
#include <optional>

#include "datasets/formats/yaml_map.h"
#include "dem/frames/site.h"
#include "tools/perilune/render_request.h"
#include "vision/camera/camera.h"
#include "vision/imaging/exposure.h"
#include "vision/render/render.h"

namespace perilune::tools {

/// `key=value` texts, each key after `prefix`. Throws std::invalid_argument naming the option and the text.
datasets::YamlOverrides OverridesOf(const std::vector<std::string>& texts, const std::string& option,
                                    const std::string& prefix);

/// The imaging of a camera that no scenario describes: the library's defaults and the request's --imaging,
/// with noise only when asked for. Throws dem::DataError, std::invalid_argument.
vision::ImagingOptions ImagingWithoutScenario(const RenderRequest& request);

/// `otherwise` with what the request says of shadows, light, sampling and the law of reflection. The Earth is
/// where it stands at `t_ns` seen from the site; throws std::invalid_argument when it is asked for without a
/// time.
vision::RenderOptions RenderOptionsOf(const RenderRequest& request, const vision::RenderOptions& otherwise,
                                      std::optional<std::int64_t> t_ns, const dem::Site& site);

/// `camera` at the request's --scale. Throws std::invalid_argument when too many pixels remain for the memory
/// of a small computer.
vision::Camera Scaled(const vision::Camera& camera, double scale);

}  // namespace perilune::tools
