#pragma once

#include <filesystem>

#include "dem/io/picture_raster.h"

namespace perilune::tools {

/// Prints what the geometry of a picture holds, as text or JSON; returns the exit code.
int DescribePicture(const std::filesystem::path& path, const dem::PictureRaster& raster, bool json);

}  // namespace perilune::tools
