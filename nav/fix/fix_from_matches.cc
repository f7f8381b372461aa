#include "nav/fix/fix_from_matches.h"

#include <limits>

#include "nav/fix/footprint.h"

namespace perilune::nav {

Fix FixFromMatches(const MatchedImage& image, const vision::Camera& camera, const dem::Terrain& map,
                   const dem::Sun& sun, const PosePrior& prior, const MapDeclaration& declaration,
                   const EstimateFixOptions& options) {
  const Footprint footprint = MeasureFootprint(map, camera, prior.site_from_cam);
  if (!(footprint.ground_sample_m > 0)) {
    Fix fix;
    fix.status = FixStatus::kNoMap;
    fix.reason = "nothing of the footprint is on the map";
    fix.site_from_cam = prior.site_from_cam;
    fix.map_pixel_m = declaration.map_pixel_m;
    return fix;
  }
  EstimateFixOptions as_declared = options;
  as_declared.errors.declared_counts_as = std::numeric_limits<double>::max();
  return EstimateFix(image.matches, image.attempted, camera, prior, declaration, sun,
                     footprint.ground_sample_m, as_declared);
}

}  // namespace perilune::nav
