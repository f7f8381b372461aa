#pragma once

#include <optional>

#include "dem/io/raster_file.h"

namespace perilune::tools {

/// Ground distance, m, of the pixel that the relief of a whole file is worth (dem::DetailPixel_m); `pixel_m`
/// is that of its own pixels.
double DetailPixelOf_m(const dem::RasterFile& file, double pixel_m);

/// How finely a DEM shows the ground.
struct DemResolution {
  enum class From {
    kDeclared,  ///< given, or in the sidecar
    kSpectrum,  ///< undeclared, and its relief ends where that of a coarser map does
    kCells,     ///< undeclared, and nothing speaks against its own cells
  };
  From from = From::kCells;
  /// Full width of the smoothing, m; kCells: the distance of its cells, which it cannot be finer than.
  double full_width_m = 0;
  double detail_pixel_m = 0;  ///< kSpectrum: the pixel of that coarser map, m
};

/// `given` before the sidecar's, before what the file's spectrum shows; `pixel_m` as above. Throws
/// dem::DataError for a sidecar that cannot be read.
DemResolution ResolutionOf(const dem::RasterFile& file, double pixel_m, std::optional<double> given_m);

}  // namespace perilune::tools
