#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dem/frames/site.h"
#include "dem/hazard/hazard_map.h"
#include "nav/landing/divert.h"

namespace perilune::nav {

/// A lander in flight that may still choose where to land.
struct Divert {
  DescentState state;
  DivertLimits limits;
};

struct LandingOptions {
  int count = 10;             ///< sites to return at most
  double separation_m = 100;  ///< ground distance between any two of them at least
  /// Covariance of the touchdown point around the aim, east and north in `site`, m²: navigation and control
  /// together.
  Eigen::Matrix2d dispersion_m2 = Eigen::Matrix2d::Identity() * 25.0;
  std::optional<Eigen::Vector2d> target_in_site_m;  ///< where the lander is heading, x and y
  double divert_reach_m = 0;     ///< sites farther from the target are left out; 0: no limit
  std::optional<Divert> divert;  ///< sites that this lander cannot reach are left out; none: no limit
  double min_p_land = 0;         ///< sites below are left out (those with probability 0 always are)

  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

/// A place to land, as the controller gets it.
struct LandingSite {
  int rank = 0;  ///< 1 = best; 0: no site, but the least bad place (LandingChoice)
  dem::LatLon place;
  Eigen::Vector3d point_in_site_m = Eigen::Vector3d::Zero();
  double p_land = 0;     ///< probability that the touchdown, dispersed around the aim, is on safe ground
  double slope_rad = 0;  ///< at the aim
  double roughness_m = 0;
  double margin_m = 0;  ///< distance to the nearest cell that is not safe; to the map's edge if none is
  double divert_distance_m = 0;  ///< from the target; NaN without one
  double divert_dv_mps = 0;      ///< Δv to touchdown, gravity losses included; NaN without a divert
  double divert_time_s = 0;      ///< to touchdown; NaN without a divert
  std::string reasons;           ///< one line: what it has of what is allowed, and what bounds the margin
};

enum class LandingStatus {
  kSafeSite,        ///< `sites` holds at least one
  kNoSafeSite,      ///< none; `least_bad` is where the odds are best
  kNothingInReach,  ///< none, and no known ground in reach at all
};

/// "safe_site", "no_safe_site", "nothing_in_reach".
const char* ToString(LandingStatus status);

struct LandingChoice {
  LandingStatus status = LandingStatus::kNothingInReach;
  std::vector<LandingSite> sites;        ///< ranked; empty unless kSafeSite
  std::optional<LandingSite> least_bad;  ///< with kNoSafeSite only; its rank is 0: it is not a site
};

/// HazardReason bits in words: "slope and shadow"; empty for none.
std::string DescribeReasons(std::uint16_t reasons);

/// Ranked landing sites: p_land = p_site convolved with N(0, dispersion), unknown and off-map ground counting
/// as unsafe; the cells that are safe themselves, in reach of the divert (PlanDivert, clear of the ground of
/// `dem`) and not below `min_p_land`, best p_land first, ties (within 1e-4) by margin, then by row and
/// column; each takes the others within `separation_m` out. One metric scale for the convolution, that of the
/// map's middle.
///
/// Where there is none, the least bad place: of all known ground in reach the largest p_land, ties by lit
/// before dark, then by the smallest excess over a limit (slope, roughness, relief, as shares of it).
///
/// `dem` gives the height of the aim; it must have the map's size. Throws std::invalid_argument.
LandingChoice SelectLandingSites(const dem::HazardMap& map, const dem::Raster<float>& dem,
                                 const dem::Site& site, const LandingOptions& options);

}  // namespace perilune::nav
