#include "nav/landing/candidate.h"

#include <Eigen/LU>
#include <algorithm>
#include <cstdio>

namespace perilune::nav {

bool Better(const Candidate& a, const Candidate& b) {
  if (a.probability_steps != b.probability_steps) return a.probability_steps > b.probability_steps;
  if (a.margin_m != b.margin_m) return a.margin_m > b.margin_m;
  return a.row != b.row ? a.row < b.row : a.col < b.col;
}

bool LessBad(const Candidate& a, const Candidate& b) {
  if (a.probability_steps != b.probability_steps) return a.probability_steps > b.probability_steps;
  if (a.excess != b.excess) return a.excess < b.excess;
  return Better(a, b);
}

/// Covariance in `site` (east, north) as one in cells² of the map around a cell.
Eigen::Matrix2d CovarianceInCells(const Eigen::Matrix2d& covariance_m2, const dem::Site& site,
                                  const dem::CellGeometry& cell) {
  const Eigen::Matrix3d axes = site.moon_from_site.linear();
  Eigen::Matrix2d steps_on_axes;
  steps_on_axes << cell.col_step_m.dot(axes.col(0)), cell.col_step_m.dot(axes.col(1)),
      cell.row_step_m.dot(axes.col(0)), cell.row_step_m.dot(axes.col(1));
  const Eigen::Matrix2d cells_per_m = cell.Metric().inverse() * steps_on_axes;
  return cells_per_m * covariance_m2 * cells_per_m.transpose();
}

double ExcessOverLimits(const dem::HazardMap& map, int col, int row) {
  const dem::HazardOptions& limits = map.options;
  double excess = 0;
  if (map.HasFootprintTest()) {
    const double ground_m = limits.lander->body_clearance_m - map.clearance_m.grid.At(col, row);
    excess = std::max(map.tilt_rad.grid.At(col, row) / limits.lander->max_tilt_rad,
                      ground_m / limits.lander->HighestGround_m());
  } else {
    excess = std::max(map.slope_rad.grid.At(col, row) / limits.slope_limit_rad,
                      map.roughness_m.grid.At(col, row) / limits.roughness_limit_m);
  }
  if (limits.relief_limit_m)
    excess = std::max(excess, map.relief_m.grid.At(col, row) / *limits.relief_limit_m);
  constexpr double kDark = 1e6;  // what cannot be seen comes last
  const bool dark = (map.reasons.grid.At(col, row) & dem::kReasonShadow) != 0;
  return std::max(0.0, excess - 1) + (dark ? kDark : 0.0);
}

std::string ReasonsFor(const dem::HazardMap& map, int col, int row, double margin_m,
                       const std::optional<std::uint16_t>& bound) {
  const dem::HazardOptions& limits = map.options;
  char text[256];
  if (map.HasFootprintTest()) {
    const dem::Lander& lander = *limits.lander;
    std::snprintf(text, sizeof text, "tilt %.1f of %.1f deg, ground under it %.2f of %.2f m",
                  dem::RadToDeg(map.tilt_rad.grid.At(col, row)), dem::RadToDeg(lander.max_tilt_rad),
                  lander.body_clearance_m - map.clearance_m.grid.At(col, row), lander.HighestGround_m());
  } else {
    std::snprintf(text, sizeof text, "slope %.1f of %.1f deg, roughness %.2f of %.2f m",
                  dem::RadToDeg(map.slope_rad.grid.At(col, row)), dem::RadToDeg(limits.slope_limit_rad),
                  static_cast<double>(map.roughness_m.grid.At(col, row)), limits.roughness_limit_m);
  }
  std::string reasons = text;
  if (limits.relief_limit_m) {
    std::snprintf(text, sizeof text, ", relief %.2f of %.2f m",
                  static_cast<double>(map.relief_m.grid.At(col, row)), *limits.relief_limit_m);
    reasons += text;
  }
  if (map.has_sun) {
    std::snprintf(text, sizeof text, ", lit %.0f %%", 100.0 * map.lit_fraction.grid.At(col, row));
    reasons += text;
  }
  std::snprintf(text, sizeof text, ", %.0f m to %s", margin_m,
                bound ? DescribeReasons(*bound).c_str() : "the map's edge");
  return reasons + text;
}

}  // namespace perilune::nav
