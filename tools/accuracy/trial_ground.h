#pragma once

#include <Eigen/Core>
#include <filesystem>

#include "dem/terrain/terrain.h"
#include "nav/fix/map_declaration.h"
#include "tools/accuracy/trial_plan.h"

namespace perilune::tools {

/// The two worlds of a trial: what the camera sees, and what the navigator is given.
struct TrialGround {
  dem::Terrain truth;
  dem::Terrain map;
  dem::Terrain map_with_albedo;  ///< the same heights, with the albedo map of issue "Where am I"
  nav::MapDeclaration declaration;
  Eigen::Vector3d tie_in_site_m = Eigen::Vector3d::Zero();  ///< the map's own error of place
};

/// Truth: the site's DEM, at a place drawn from the seed in its middle, with the detail of its site type
/// below what it resolves (datasets::BuildTruth). Map: degraded from the truth (datasets::DegradeMap), read
/// back from a file in `folder` as a user's would be. The albedo map: the truth's albedo averaged over map
/// pixels, displaced by 0.3 of them, with 5 % noise. Throws dem::DataError where the DEM is missing.
TrialGround MakeTrialGround(const TrialWorld& world, const std::filesystem::path& folder);

}  // namespace perilune::tools
