#pragma once

#include <optional>

#include "dem/hazard/hazard_map.h"
#include "dem/hazard/unresolved_relief.h"
#include "dem/io/raster_file.h"
#include "tools/perilune/hazard_window.h"

namespace perilune::tools {

/// Relief that a file does not resolve in a window, for the footprint and the height errors of `options`.
/// Measured over the window and what lies around it up to 160 resolutions across, as a law of the ground
/// needs many of its longest lags; of large windows over the 2000 x 2000 cells in the middle. Nothing when
/// there is too little data. Throws dem::DataError.
std::optional<dem::UnresolvedRelief> UnresolvedInWindow(dem::RasterFile& file, const CellWindow& window,
                                                        const dem::HazardOptions& options,
                                                        double effective_resolution_m);

/// `options` with that relief in them.
dem::HazardOptions WithUnresolved(const dem::HazardOptions& options, const dem::UnresolvedRelief& relief);

}  // namespace perilune::tools
