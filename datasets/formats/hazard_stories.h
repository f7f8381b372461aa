#pragma once

#include <string>
#include <utility>
#include <vector>

#include "datasets/formats/hazard_classes.h"
#include "datasets/formats/qgis_style.h"
#include "dem/hazard/hazard_map.h"
#include "dem/io/write_raster.h"

namespace perilune::datasets {

/// What hazard files say of themselves.
using HazardMetadata = std::vector<std::pair<std::string, std::string>>;

/// What a band holds, as it stands in its file, and how it is shown.
struct BandStory {
  dem::BandLabel label;
  std::string style;  ///< QGIS, XML
};

/// What was asked, for whoever opens a file a year later; in every file. `map`: options and flags count, not
/// the cells. `dem_hash`: DemHash of the heights.
HazardMetadata DescribeHazards(const dem::HazardMap& map, std::uint64_t dem_hash);

/// Of a band of numbers of the map; metadata QUANTITY, ESTIMATOR and, where it has one, BASELINE_M.
BandStory StoryOfBand(const dem::HazardMap& map, const dem::Raster<float>& band);

/// Of class.tif and reasons.tif; the codes are in the metadata.
BandStory StoryOfClasses(const dem::HazardMap& map, const MarginalRule& rule);
BandStory StoryOfReasons();

/// The codes of class.tif and the bits of reasons.tif, in words.
std::string ClassCodesInWords();
std::string ReasonBitsInWords();

}  // namespace perilune::datasets
