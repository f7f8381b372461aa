#include "nav/landing/landing_sites.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <stdexcept>

#include "dem/checks/require.h"
#include "dem/hazard/ground_metric.h"
#include "dem/io/pixel_places.h"
#include "dem/linear/symmetric_eigen.h"
#include "nav/landing/candidate.h"
#include "nav/landing/dispersion.h"
#include "nav/landing/ground_under.h"
#include "nav/landing/reach.h"

namespace perilune::nav {

namespace {

/// The map with what site selection derives from it.
class SiteSearch {
 public:
  SiteSearch(const dem::HazardMap& map, const dem::Raster<float>& dem, const dem::Site& site,
             const LandingOptions& options)
      : map_(map),
        dem_(dem),
        site_(site),
        options_(options),
        metric_(map.p_site.crs_wkt, map.p_site.crs_from_pixel, map.width(), map.height()),
        middle_(metric_.At(0.5 * (map.width() - 1), 0.5 * (map.height() - 1))),
        ground_(dem, metric_, site) {
    dem::Grid<std::uint8_t> safe(map.width(), map.height());
    for (std::size_t i = 0; i < safe.data.size(); ++i) {
      safe.data[i] = map.hazard_class.grid.data[i] == static_cast<std::uint8_t>(dem::HazardClass::kSafe);
    }
    p_land_ = Disperse(map.p_site.grid, CovarianceInCells(options.dispersion_m2, site, middle_));
    const double col_m = middle_.col_step_m.norm(), row_m = middle_.row_step_m.norm();
    margin_m_ = DistanceToUnsafe(safe, col_m, row_m);
    if (options.divert) {
      reach_.emplace(options.divert->state, options.divert->limits, ground_, map.width(), map.height(),
                     std::min(col_m, row_m));
    }
  }
  SiteSearch(const SiteSearch&) = delete;
  SiteSearch& operator=(const SiteSearch&) = delete;

  /// The cells that may be sites, best first.
  std::vector<Candidate> RankedCandidates() const {
    std::vector<Candidate> candidates = Cells([&](int col, int row) { return MayBeSite(col, row); });
    std::sort(candidates.begin(), candidates.end(), Better);
    return candidates;
  }

  /// The first of them that are apart and in reach.
  std::vector<Candidate> Separated(const std::vector<Candidate>& ranked) {
    std::vector<Candidate> kept;
    std::vector<Eigen::Vector3d> points;
    for (Candidate candidate : ranked) {
      if (static_cast<int>(kept.size()) == options_.count) break;
      const Eigen::Vector3d point = dem::kMoonRadius_m * metric_.At(candidate.col, candidate.row).up;
      const bool apart = std::all_of(points.begin(), points.end(), [&](const Eigen::Vector3d& other) {
        return (point - other).norm() >= options_.separation_m;
      });
      if (!apart || !Reach(candidate)) continue;
      kept.push_back(candidate);
      points.push_back(point);
    }
    return kept;
  }

  std::optional<Candidate> LeastBad() {
    std::vector<Candidate> candidates = Cells([&](int col, int row) { return IsKnown(col, row); });
    for (Candidate& candidate : candidates)
      candidate.excess = ExcessOverLimits(map_, candidate.col, candidate.row);
    std::sort(candidates.begin(), candidates.end(), LessBad);
    for (Candidate candidate : candidates) {
      if (Reach(candidate)) return candidate;
    }
    return std::nullopt;
  }

  LandingSite Describe(const Candidate& candidate, int rank) const {
    const int col = candidate.col, row = candidate.row;
    LandingSite landing;
    landing.rank = rank;
    landing.place =
        dem::PlacesOfPixels(map_.p_site.crs_wkt, map_.p_site.crs_from_pixel, {{col, row}}).front();
    landing.point_in_site_m = dem::PointInSite(site_, {landing.place, dem_.grid.At(col, row)});
    landing.p_land = p_land_.At(col, row);
    landing.slope_rad = map_.slope_rad.grid.At(col, row);
    landing.roughness_m = map_.roughness_m.grid.At(col, row);
    landing.margin_m = candidate.margin_m;
    landing.divert_distance_m = std::numeric_limits<double>::quiet_NaN();
    if (options_.target_in_site_m)
      landing.divert_distance_m = (landing.point_in_site_m.head<2>() - *options_.target_in_site_m).norm();
    landing.divert_dv_mps = candidate.divert.delta_v_mps;
    landing.divert_time_s = candidate.divert.time_s;
    landing.reasons = ReasonsFor(map_, col, row, candidate.margin_m, NearestUnsafe(candidate));
    return landing;
  }

 private:
  template <typename Wanted>
  std::vector<Candidate> Cells(const Wanted& wanted) const {
    std::vector<Candidate> candidates;
    for (int row = 0; row < map_.height(); ++row) {
      for (int col = 0; col < map_.width(); ++col) {
        if (!wanted(col, row)) continue;
        Candidate candidate;
        candidate.col = col;
        candidate.row = row;
        candidate.probability_steps = std::lround(p_land_.At(col, row) / kSameProbability);
        candidate.margin_m = margin_m_.At(col, row);
        candidates.push_back(candidate);
      }
    }
    return candidates;
  }

  bool MayBeSite(int col, int row) const {
    const double p = p_land_.At(col, row);
    return ClassOf(col, row) == dem::HazardClass::kSafe && p > 0 && p >= options_.min_p_land &&
           IsKnown(col, row);
  }

  /// Ground whose footprint is known, within `divert_reach_m`.
  bool IsKnown(int col, int row) const {
    if (ClassOf(col, row) == dem::HazardClass::kUnknown || std::isnan(dem_.grid.At(col, row))) return false;
    if (!(options_.divert_reach_m > 0)) return true;
    const Eigen::Vector3d point = ground_.PointOfCell(col, row);
    return (point.head<2>() - *options_.target_in_site_m).norm() <= options_.divert_reach_m;
  }

  dem::HazardClass ClassOf(int col, int row) const {
    return static_cast<dem::HazardClass>(map_.hazard_class.grid.At(col, row));
  }

  /// Plans the divert, where one is asked for.
  bool Reach(Candidate& candidate) {
    if (!reach_) return true;
    candidate.divert = reach_->PlanTo(candidate.col, candidate.row);
    return candidate.divert.Reachable();
  }

  /// Reasons of the nearest cell that is not safe; nothing when the map's edge is nearer.
  std::optional<std::uint16_t> NearestUnsafe(const Candidate& candidate) const {
    const double col_m = middle_.col_step_m.norm(), row_m = middle_.row_step_m.norm();
    const double reach_m = candidate.margin_m * (1 + 1e-5);
    const int cols = static_cast<int>(reach_m / col_m), rows = static_cast<int>(reach_m / row_m);
    for (int row = std::max(0, candidate.row - rows);
         row <= std::min(map_.height() - 1, candidate.row + rows); ++row) {
      for (int col = std::max(0, candidate.col - cols);
           col <= std::min(map_.width() - 1, candidate.col + cols); ++col) {
        const double distance_m = std::hypot((col - candidate.col) * col_m, (row - candidate.row) * row_m);
        const bool safe = ClassOf(col, row) == dem::HazardClass::kSafe;
        if (!safe && distance_m <= reach_m) return map_.reasons.grid.At(col, row);
      }
    }
    return std::nullopt;
  }

  const dem::HazardMap& map_;
  const dem::Raster<float>& dem_;
  const dem::Site& site_;
  const LandingOptions& options_;
  dem::GroundMetric metric_;
  dem::CellGeometry middle_;
  GroundUnder ground_;
  std::optional<ReachOfCells> reach_;
  dem::Grid<float> p_land_, margin_m_;
};

}  // namespace

std::string DescribeReasons(std::uint16_t reasons) {
  std::string text;
  const auto add = [&](std::uint16_t bit, const char* name) {
    if ((reasons & bit) != 0) text += (text.empty() ? "" : " and ") + std::string(name);
  };
  add(dem::kReasonEdge, "the map's edge");
  if ((reasons & dem::kReasonEdge) == 0) add(dem::kReasonUnknown, "missing data");
  add(dem::kReasonSlope, "slope");
  add(dem::kReasonRoughness, "roughness");
  add(dem::kReasonRelief, "relief");
  add(dem::kReasonTilt, "tilt");
  add(dem::kReasonClearance, "clearance");
  add(dem::kReasonShadow, "shadow");
  return text;
}

void LandingOptions::Validate() const {
  dem::Require(count > 0, "count", count, "positive");
  dem::Require(separation_m >= 0 && std::isfinite(separation_m), "separation_m", separation_m, "0 or more");
  dem::Require(divert_reach_m >= 0, "divert_reach_m", divert_reach_m, "0 or more");
  dem::Require(divert_reach_m == 0 || target_in_site_m.has_value(), "divert_reach_m", divert_reach_m,
               "0 without target_in_site_m");
  if (divert) divert->limits.Validate();
  dem::Require(min_p_land >= 0 && min_p_land <= 1, "min_p_land", min_p_land, "in [0, 1]");
  dem::Require(dispersion_m2.allFinite() &&
                   std::abs(dispersion_m2(0, 1) - dispersion_m2(1, 0)) <= 1e-9 * dispersion_m2.norm(),
               "dispersion_m2", dispersion_m2(0, 1), "finite and symmetric");
  const double smallest = dem::PrincipalAxesOf(dispersion_m2).values[0];
  dem::Require(smallest >= -1e-9 * dispersion_m2.norm(), "dispersion_m2", smallest, "positive semi-definite");
}

const char* ToString(LandingStatus status) {
  switch (status) {
    case LandingStatus::kSafeSite:
      return "safe_site";
    case LandingStatus::kNoSafeSite:
      return "no_safe_site";
    case LandingStatus::kNothingInReach:
      return "nothing_in_reach";
  }
  return "";
}

LandingChoice SelectLandingSites(const dem::HazardMap& map, const dem::Raster<float>& dem,
                                 const dem::Site& site, const LandingOptions& options) {
  options.Validate();
  if (map.p_site.grid.empty()) throw std::invalid_argument("map: is empty");
  if (dem.grid.width != map.width() || dem.grid.height != map.height()) {
    throw std::invalid_argument("dem: must have the size of the hazard map");
  }
  SiteSearch search(map, dem, site, options);
  LandingChoice choice;
  for (const Candidate& candidate : search.Separated(search.RankedCandidates())) {
    choice.sites.push_back(search.Describe(candidate, static_cast<int>(choice.sites.size()) + 1));
  }
  if (!choice.sites.empty()) {
    choice.status = LandingStatus::kSafeSite;
  } else if (const auto least_bad = search.LeastBad()) {
    choice.status = LandingStatus::kNoSafeSite;
    choice.least_bad = search.Describe(*least_bad, 0);
  }
  return choice;
}

}  // namespace perilune::nav
