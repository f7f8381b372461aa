#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "dem/hazard/hazard_map.h"

namespace perilune::tools {

/// Ground of a scan of 128 m square and what a lander makes of it.
struct HazardSceneOptions {
  double spacing_m = 0.5;  ///< of the map; the truth has the same cells, undisturbed
  int cells = 256;
  double footprint_m = 4;
  double height_sigma_m = 0.02;  ///< white noise of the map's heights
  double registration_sigma_m =
      0.5;                  ///< of the map against the ground, each axis: part of the landing's dispersion
  double gap_share = 0.02;  ///< of the map's cells, in round gaps of 1 to 4 m
};

/// 1 where the lander may stand on the true ground. Exchangeable: the exact footprint test takes this one's
/// place.
using TruthTest =
    std::function<dem::Grid<std::uint8_t>(const dem::Raster<float>& truth, const dem::HazardOptions&)>;

/// The plane fit on the true heights.
dem::Grid<std::uint8_t> PlaneFitTruth(const dem::Raster<float>& truth, const dem::HazardOptions& options);

struct SceneClaim {
  double sigma_nav_m = 0;
  bool holds_site = false;    ///< somewhere the true P_land is at least 0.999
  bool claims_site = false;   ///< the first site's p_land is
  double true_p_land = 0;     ///< there, on the true ground; of the first site, claimed or not
  double claimed_p_land = 0;  ///< 0 without a site
};

/// Cells of the map by p_site: how many, and how many of them are truly safe.
struct Reliability {
  std::int64_t cells = 0, safe = 0;
};

struct SceneResult {
  std::vector<SceneClaim> claims;    ///< one a sigma
  std::vector<Reliability> deciles;  ///< ten; cells 12 m apart: as good as independent
};

/// A pure function of the seed: site type, rocks, craters, noise, gaps and registration follow from it.
SceneResult RunHazardScene(std::uint64_t seed, const HazardSceneOptions& options,
                           const TruthTest& truth_test);

}  // namespace perilune::tools
