#pragma once

#include "dem/terrain/terrain.h"
#include "vision/camera/camera.h"

namespace perilune::nav {

/// Where an image lies on the map, seen from a pose.
struct Footprint {
  double covered_share = 0;    ///< of a regular grid of pixels: those whose ray hits the map
  double ground_sample_m = 0;  ///< median over the hits of √(px footprint area); 0 without hits
  double median_range_m = 0;
};

/// Casts a 16 × 16 grid of rays.
Footprint MeasureFootprint(const dem::Terrain& map, const vision::Camera& camera,
                           const Eigen::Isometry3d& site_from_cam);

}  // namespace perilune::nav
