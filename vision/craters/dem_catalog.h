#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "dem/craters/crater.h"
#include "dem/io/raster_file.h"
#include "vision/craters/relief_rim.h"

namespace perilune::vision {

struct DemCatalogOptions {
  double min_diameter_m = 0;    ///< 0: ten pixels of the DEM
  double max_diameter_m = 0;    ///< 0: a third of the DEM's shorter side, at most 300 km
  double min_confidence = 0.5;  ///< craters that are at least so sure are given
  /// Called from the calling thread with the share of the work that is done; may throw to stop.
  std::function<void(double done)> progress;

  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

/// A crater of a DEM, with depth, the height of its rim's plane and 1 sigma of its centre.
struct CatalogedCrater {
  dem::Crater crater;
  double confidence = 0;
  ReliefEvidence evidence{};
};

/// Craters in the relief of a DEM of any projection and size, largest first, with ids from 1. For each octave
/// of diameters the DEM is cut into blocks of its pixels; the ground about a block is brought to the tangent
/// plane at its middle, curvature removed, at a twelfth of the octave's smallest diameter (means of the DEM's
/// pixels where they are finer); FindReliefCraters finds the craters there. Of those that are nearly the same
/// the surest stays. The same with any number of threads; memory does not grow with the DEM. Throws
/// std::invalid_argument for bad options or none left between the limits, dem::DataError for a DEM that
/// cannot be read or has no data.
std::vector<CatalogedCrater> CatalogFromDem(const dem::RasterFile& dem,
                                            const DemCatalogOptions& options = {});

/// A crater that somebody else found, measured in a DEM as CatalogFromDem measures (but for support and the
/// hollows around, which are not known). Nothing where less than half of its rim has data.
std::optional<ReliefMeasure> MeasureInDem(const dem::RasterFile& dem, const dem::Crater& crater);

}  // namespace perilune::vision
