#pragma once

#include <cstdint>
#include <vector>

#include "datasets/scenarios/scenario.h"
#include "dem/terrain/terrain.h"

namespace perilune::datasets {

/// The true ground of a scenario with `ground.site_type`: every level is the same ground of that type as its
/// own spacing shows it (dem::LunarGround), or the real DEM with the type's detail below its effective
/// resolution (dem::RefinedGround, the DEM on the coarsest level's lattice). Finest first, with albedo.
/// Throws dem::DataError for the real DEM.
std::vector<dem::TerrainLevel> SiteTypeLevels(const Scenario& scenario, std::uint64_t seed);

}  // namespace perilune::datasets
