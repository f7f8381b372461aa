#pragma once

#include <Eigen/Geometry>
#include <vector>

#include "vision/craters/crater_neighbours.h"
#include "vision/craters/identify.h"
#include "vision/craters/laid_out.h"
#include "vision/craters/verification.h"

namespace perilune::vision {

/// A place of the camera that detections agree on.
struct AgreedPlace {
  std::vector<Pairing> pairings;  ///< one to one
  Eigen::Isometry3d moon_from_cam = Eigen::Isometry3d::Identity();
};

struct AgreedPlaces {
  std::vector<AgreedPlace> places;  ///< likeliest first
  double hypotheses = 0;            ///< a detection for a crater, with a heading and a scale
};

/// Where a camera may be that sees laid-out detections, up to 32. Each detection is taken for each crater of
/// the map in turn. The other detections around it and the neighbours around the crater are two patterns in
/// logarithm of distance and bearing, that differ by a heading, and by as much in scale as a size is
/// uncertain: all headings are counted at once, by how many detections find a neighbour of their size. The
/// best are compared; places that others share, found from other craters, come first.
AgreedPlaces PlacesByBearing(const CraterMap& map, const CraterNeighbours& neighbours,
                             const std::vector<LaidOut>& detections, const IdentifyOptions& options);

}  // namespace perilune::vision
