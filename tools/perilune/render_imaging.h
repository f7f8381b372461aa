#pragma once

#include "datasets/formats/yaml_map.h"
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

/// The request's shadows and law of reflection; `otherwise` where it names no law.
vision::RenderOptions RenderOptionsOf(const RenderRequest& request, vision::Reflectance otherwise);

/// `camera` at the request's --scale. Throws std::invalid_argument when too many pixels remain for the memory
/// of a small computer.
vision::Camera Scaled(const vision::Camera& camera, double scale);

}  // namespace perilune::tools
