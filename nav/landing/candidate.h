#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <string>

#include "dem/hazard/ground_metric.h"
#include "dem/hazard/hazard_map.h"
#include "nav/landing/landing_sites.h"

namespace perilune::nav {

/// Differences of p_land below this are no reason to prefer a site; its margin is.
inline constexpr double kSameProbability = 1e-4;

/// A cell that may become a landing site.
struct Candidate {
  int col = 0, row = 0;
  long probability_steps = 0;  ///< p_land in units of kSameProbability
  float margin_m = 0;
  double excess = 0;  ///< over a limit, as a share of it; only of places that are not safe
  DivertPlan divert;
};

/// Whether `a` is the better site.
bool Better(const Candidate& a, const Candidate& b);
/// Whether `a` is the lesser evil, where no cell is a site.
bool LessBad(const Candidate& a, const Candidate& b);

/// Covariance in `site` (east, north) as one in cells² of the map around a cell.
Eigen::Matrix2d CovarianceInCells(const Eigen::Matrix2d& covariance_m2, const dem::Site& site,
                                  const dem::CellGeometry& cell);

/// By how much a cell of the map exceeds a limit, as a share of it; what cannot be seen comes last.
double ExcessOverLimits(const dem::HazardMap& map, int col, int row);

/// What a cell of the map has of what is allowed, and what bounds the margin: `bound` are the reasons of the
/// nearest cell that is not safe; nothing when the map's edge is nearer.
std::string ReasonsFor(const dem::HazardMap& map, int col, int row, double margin_m,
                       const std::optional<std::uint16_t>& bound);

}  // namespace perilune::nav
