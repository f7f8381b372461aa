#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "datasets/formats/sequence.h"
#include "datasets/formats/truth.h"
#include "dem/hazard/hazard_map.h"
#include "dem/io/raster_file.h"
#include "tools/evaluation/metrics.h"

namespace perilune::tools {

/// Hazard classes of a DEM at places, computed by tiles so that a large DEM is never whole in memory;
/// kUnknown outside it. The class of a place is that of the cell it lies in.
std::vector<dem::HazardClass> ClassesAt(const dem::RasterFile& dem, const dem::HazardOptions& options,
                                        const std::vector<dem::LatLon>& places);

/// Rates over the places where both classes are safe or hazardous (unknown and shadow say nothing about the
/// ground). `claimed` and `truth` have one entry a place.
HazardMetrics CompareClasses(const std::vector<dem::HazardClass>& claimed,
                             const std::vector<dem::HazardClass>& truth);

/// The run's `hazards/class.tif` and `sites.geojson` against the same lander limits on the true ground. A
/// cell of the map at p is compared with the true ground at p − tie of the finest map level, the ground that
/// a lander steering by the map would find there. Beyond 4 million cells every n-th column and row is
/// compared. Nothing when run or truth have no hazards.
std::optional<HazardMetrics> EvaluateHazards(const std::filesystem::path& run,
                                             const datasets::SequenceInfo& sequence,
                                             const datasets::Truth& truth);

}  // namespace perilune::tools
