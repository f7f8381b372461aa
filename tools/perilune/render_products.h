#pragma once

#include "tools/perilune/render_request.h"
#include "tools/perilune/render_scene.h"
#include "vision/render/render.h"

namespace perilune::tools {

/// Writes what was asked for of a scene and its `Exposed` view: the product and, with --with-geometry, the
/// geometry beside it; both or neither. Throws dem::DataError, dem::WriteError, std::invalid_argument.
void WriteProducts(const RenderRequest& request, const RenderScene& scene, const vision::View& view);

}  // namespace perilune::tools
