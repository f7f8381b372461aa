#pragma once

#include <string>
#include <vector>

#include "dem/ephemeris/sun.h"
#include "dem/terrain/terrain.h"
#include "nav/fix/estimate_fix.h"

namespace perilune::nav {

/// What a matcher elsewhere, or a simulation at measurement level, found in an image: it stands for the
/// pixels. The matches' covariances are taken as they are: those of a fix hold what its residuals say.
struct MatchedImage {
  std::string map;    ///< file name of the level that it was matched to; empty: none covered enough
  int attempted = 0;  ///< patches that were tried
  std::vector<vision::Match> matches;
};

/// The fix that FixFromImage ends with: pose, covariance and status of the matches, the ground sample
/// measured at the prior. A prior that is off costs nothing here: nothing is searched.
Fix FixFromMatches(const MatchedImage& image, const vision::Camera& camera, const dem::Terrain& map,
                   const dem::Sun& sun, const PosePrior& prior, const MapDeclaration& declaration,
                   const EstimateFixOptions& options = {});

}  // namespace perilune::nav
