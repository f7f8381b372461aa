#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dem/frames/site.h"
#include "dem/hazard/hazard_map.h"

namespace perilune::nav {

struct LandingOptions {
  int count = 10;             ///< sites to return at most
  double separation_m = 100;  ///< ground distance between any two of them at least
  /// Covariance of the touchdown point around the aim, east and north in `site`, m²: navigation and control
  /// together.
  Eigen::Matrix2d dispersion_m2 = Eigen::Matrix2d::Identity() * 25.0;
  std::optional<Eigen::Vector2d>
      target_in_site_m;       ///< where the lander is heading, x and y; the divert is counted from here
  double divert_reach_m = 0;  ///< sites farther from the target are left out; 0: no limit
  double time_to_go_s = 0;    ///< until touchdown; 0: no estimate of the divert's Δv
  double min_p_land = 0;      ///< sites below are left out (those with probability 0 always are)

  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

/// A place to land, as the controller gets it.
struct LandingSite {
  int rank = 0;  ///< 1 = best
  dem::LatLon place;
  Eigen::Vector3d point_in_site_m = Eigen::Vector3d::Zero();
  double p_land = 0;     ///< probability that the touchdown, dispersed around the aim, is on safe ground
  double slope_rad = 0;  ///< at the aim
  double roughness_m = 0;
  double margin_m = 0;  ///< distance to the nearest cell that is not safe; to the map's edge if none is
  double divert_distance_m = 0;  ///< from the target; NaN without one
  double divert_dv_mps = 0;      ///< NaN without target or time to go
  std::string reasons;           ///< one line: what it has of what is allowed, and what bounds the margin
};

/// HazardReason bits in words: "slope and shadow"; empty for none.
std::string DescribeReasons(std::uint16_t reasons);

/// Ranked landing sites: p_land = p_site convolved with N(0, dispersion), unknown and off-map ground counting
/// as unsafe; the cells that are safe themselves, best p_land first, ties (within 1e-4) by margin, then by
/// row and column; each takes the others within `separation_m` out. One metric scale for the convolution,
/// that of the map's middle. Empty when nothing is safe: an outcome, not an error.
///
/// divert_dv_mps: the transfer over distance d in time t from rest to rest across track by one push and one
/// brake of t/2 each (bang-bang) costs 4 d / t; gravity losses are not in it.
///
/// `dem` gives the height of the aim; it must have the map's size. Throws std::invalid_argument.
std::vector<LandingSite> SelectLandingSites(const dem::HazardMap& map, const dem::Raster<float>& dem,
                                            const dem::Site& site, const LandingOptions& options);

}  // namespace perilune::nav
