#pragma once

#include <cstdint>

#include "datasets/scenarios/scenario.h"
#include "dem/synthesis/plane_window.h"
#include "dem/terrain/terrain.h"

namespace perilune::datasets {

/// The lattice of a ground level: its nodes are whole multiples of the spacing.
dem::PlaneWindow WindowOf(const GroundLevel& level);

/// The true ground of a scenario and its seed: the coarsest level is the embedded synthetic ground, or the
/// real DEM with synthetic detail below its effective resolution; each finer level is the next coarser one
/// with the detail that it lacks; with `ground.site_type`, SiteTypeLevels. Every level has an albedo texture.
/// Throws dem::DataError for the real DEM.
dem::Terrain BuildTruth(const Scenario& scenario);

}  // namespace perilune::datasets
