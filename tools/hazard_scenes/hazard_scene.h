#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "dem/hazard/lander.h"

namespace perilune::tools {

/// Ground of a scan of 128 m square and what a lander makes of it.
struct HazardSceneOptions {
  double spacing_m = 0.5;  ///< of the map
  int cells = 256;
  dem::Lander lander;
  double least_height_sigma_m = 0.01,
         most_height_sigma_m = 0.06;  ///< white noise; a scene's is uniform between
  double registration_sigma_m =
      0.5;  ///< of the map against the ground, each axis: part of the landing's dispersion
  double most_gap_share =
      0.02;  ///< of the map's cells, in round gaps of 1 to 4 m: none, a quarter of it, or it
  int probability_draws = 128;
};

struct SceneClaim {
  double sigma_nav_m = 0;
  bool holds_site = false;        ///< somewhere the true P_land is at least 0.999
  bool holds_known_site = false;  ///< the same with all ground that the map misses counted as unsafe
  bool claims_site = false;       ///< the first site's p_land is
  double true_p_land = 0;         ///< there, on the true ground; of the first site, claimed or not
  double claimed_p_land = 0;      ///< 0 without a site
};

/// Cells of the map by p_site: how many, how many of them are truly safe, and the sum of p_site.
struct Reliability {
  std::int64_t cells = 0, safe = 0;
  double sum_p = 0;
};

/// The class against the true verdict, of cells that the map knows.
struct ClassCounts {
  std::int64_t safe = 0;                                       ///< truly
  std::int64_t false_alarm = 0;                                ///< of them, called hazardous
  std::int64_t tilt = 0, clearance = 0;                        ///< truly unsafe by that; some by both
  std::int64_t false_safe_tilt = 0, false_safe_clearance = 0;  ///< of them, called safe
};

struct SceneResult {
  double height_sigma_m = 0, gap_share = 0;
  std::vector<SceneClaim> claims;       ///< one a sigma
  std::array<Reliability, 10> deciles;  ///< cells of one decile at least 6 m apart: footprints do not touch
  ClassCounts inner;                    ///< cells whose eight neighbours have their true verdict
  ClassCounts boundary;                 ///< the others
};

/// A pure function of the seed: site type, rocks, craters, noise, gaps and registration follow from it. The
/// truth is the footprint test of the ground itself at the map's cells.
SceneResult RunHazardScene(std::uint64_t seed, const HazardSceneOptions& options);

}  // namespace perilune::tools
