#pragma once

#include <filesystem>

#include "datasets/formats/hazard_classes.h"
#include "dem/hazard/hazard_map.h"
#include "dem/raster/raster.h"

namespace perilune::datasets {

/// Writes a Cloud-Optimised GeoTIFF a band into `folder` (made when absent): p_site.tif, slope_rad.tif,
/// roughness_m.tif, rms_roughness_m.tif, relief_m.tif, tilt_rad.tif and clearance_m.tif (with a lander),
/// lit_fraction.tif (with a Sun), class.tif (ClassCode, with a colour table), reasons.tif; beside each a QGIS
/// style of its name (.qml). Codes, limits and DemHash are in the files' metadata, the quantity, its baseline
/// and its estimator in the band's. `dem` holds the cells that the map was made from. Throws dem::WriteError,
/// std::invalid_argument for another size.
void WriteHazardMap(const std::filesystem::path& folder, const dem::HazardMap& map,
                    const dem::Raster<float>& dem, const MarginalRule& rule = {});

}  // namespace perilune::datasets
