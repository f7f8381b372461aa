#pragma once

#include <filesystem>

#include "tools/perilune/render_request.h"
#include "tools/perilune/render_scene.h"

namespace perilune::tools {

/// Writes the geometry at mid-exposure as a float GeoTIFF, a band a quantity. Its CRS is the picture itself,
/// an engineering CRS whose coordinates are pixels: column, row, the first centre (0, 0). Throws
/// std::invalid_argument for a rolling shutter, dem::DataError for the crater catalogue, dem::WriteError.
void WriteGeometry(const std::filesystem::path& path, const RenderRequest& request, const RenderScene& scene);

}  // namespace perilune::tools
