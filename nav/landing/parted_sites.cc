#include "nav/landing/parted_sites.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <stdexcept>
#include <vector>

#include "dem/hazard/ground_metric.h"
#include "dem/io/pixel_places.h"
#include "nav/landing/candidate.h"
#include "nav/landing/dispersion.h"

namespace perilune::nav {

namespace {

constexpr int kStripRows = 256, kBinCols = 1024;

std::size_t PlaceOf(int row, int width, int col) { return static_cast<std::size_t>(row) * width + col; }

bool IsSafe(std::uint8_t value) { return value == static_cast<std::uint8_t>(dem::HazardClass::kSafe); }

/// For each strip of rows and column: the nearest unsafe row above and below the strip. The ring around the
/// map is unsafe.
class UnsafeAround {
 public:
  UnsafeAround(const PartedMap& map, const std::function<void()>& step)
      : width_(map.width()),
        height_(map.height()),
        strips_((height_ + kStripRows - 1) / kStripRows),
        above_(static_cast<std::size_t>(strips_) * width_),
        below_(above_.size()) {
    constexpr int kNone = std::numeric_limits<int>::min();
    std::vector<int> first(above_.size(), kNone), last(above_.size(), kNone);
    for (int strip = 0; strip < strips_; ++strip) {
      step();
      const int rows = RowsOf(strip);
      const dem::Grid<std::uint8_t> classes = map.Classes({0, strip * kStripRows, width_, rows});
      for (int row = 0; row < rows; ++row) {
        for (int col = 0; col < width_; ++col) {
          if (IsSafe(classes.At(col, row))) continue;
          const std::size_t i = PlaceOf(strip, width_, col);
          if (first[i] == kNone) first[i] = strip * kStripRows + row;
          last[i] = strip * kStripRows + row;
        }
      }
    }
    std::vector<int> nearest(static_cast<std::size_t>(width_), -1);
    const auto pass = [&](int strip, const std::vector<int>& edge, std::vector<int>& into) {
      for (int col = 0; col < width_; ++col) {
        const std::size_t i = PlaceOf(strip, width_, col);
        into[i] = nearest[static_cast<std::size_t>(col)];
        if (edge[i] != kNone) nearest[static_cast<std::size_t>(col)] = edge[i];
      }
    };
    for (int strip = 0; strip < strips_; ++strip) pass(strip, last, above_);
    std::fill(nearest.begin(), nearest.end(), height_);
    for (int strip = strips_ - 1; strip >= 0; --strip) pass(strip, first, below_);
  }

  int strips() const { return strips_; }
  int RowsOf(int strip) const { return std::min(kStripRows, height_ - strip * kStripRows); }

  /// Rows to the nearest unsafe cell of each cell of a strip, from its classes.
  std::vector<int> RowsToUnsafe(int strip, const dem::Grid<std::uint8_t>& classes) const {
    const int top = strip * kStripRows, rows = classes.height;
    std::vector<int> distance(classes.data.size());
    for (int col = 0; col < width_; ++col) {
      int nearest = above_[PlaceOf(strip, width_, col)];
      for (int row = 0; row < rows; ++row) {
        if (!IsSafe(classes.At(col, row))) nearest = top + row;
        distance[PlaceOf(row, width_, col)] = top + row - nearest;
      }
      nearest = below_[PlaceOf(strip, width_, col)];
      for (int row = rows - 1; row >= 0; --row) {
        if (!IsSafe(classes.At(col, row))) nearest = top + row;
        int& shortest = distance[PlaceOf(row, width_, col)];
        shortest = std::min(shortest, nearest - top - row);
      }
    }
    return distance;
  }

 private:
  int width_ = 0, height_ = 0, strips_ = 0;
  std::vector<int> above_, below_;
};

/// A strip of the map with the distance of its cells to unsafe ground.
struct Strip {
  int first_row = 0;
  dem::Grid<std::uint8_t> classes;
  dem::Grid<float> margin_m;
};

class PartedSearch {
 public:
  PartedSearch(const PartedMap& map, const dem::Site& site, const LandingOptions& options,
               const std::function<void()>& step)
      : map_(map),
        site_(site),
        options_(options),
        step_(step),
        middle_(GeometryAt(0.5 * (map.width() - 1), 0.5 * (map.height() - 1))),
        covariance_px2_(CovarianceInCells(options.dispersion_m2, site, middle_)),
        unsafe_(map, step),
        bins_across_((map.width() + kBinCols - 1) / kBinCols),
        best_(static_cast<std::size_t>(bins_across_) * unsafe_.strips()) {
    for (int strip = 0; strip < unsafe_.strips(); ++strip) {
      step_();
      const Strip ground = ReadStrip(strip);
      for (int bin = 0; bin < bins_across_; ++bin)
        best_[PlaceOf(strip, bins_across_, bin)] = BestOf(ground, bin);
    }
  }

  /// The best cells that are apart from each other.
  std::vector<Candidate> Choose() {
    std::vector<Candidate> chosen;
    while (static_cast<int>(chosen.size()) < options_.count) {
      const auto best = std::min_element(best_.begin(), best_.end(), [](const auto& a, const auto& b) {
        return a && (!b || Better(*a, *b));
      });
      if (!*best) break;
      if (IsApart(**best)) {
        chosen.push_back(**best);
        points_.push_back(PointOf((*best)->col, (*best)->row));
      }
      const auto index = static_cast<int>(best - best_.begin());
      step_();
      *best = BestOf(ReadStrip(index / bins_across_), index % bins_across_);
    }
    return chosen;
  }

  /// Where no cell may be a site.
  std::optional<Candidate> LeastBad() const {
    std::optional<Candidate> least;
    for (int strip = 0; strip < unsafe_.strips(); ++strip) {
      step_();
      const Strip ground = ReadStrip(strip);
      for (int bin = 0; bin < bins_across_; ++bin) {
        const dem::CellWindow window = WindowOf(ground, bin);
        const dem::HazardMap map = map_.Map(window);
        ForEach(ground, window, [&](Candidate candidate, dem::HazardClass value, double) {
          if (value == dem::HazardClass::kUnknown) return;
          candidate.excess = ExcessOverLimits(map, candidate.col - window.col, candidate.row - window.row);
          if (!least || LessBad(candidate, *least)) least = candidate;
        });
      }
    }
    return least;
  }

  LandingSite Describe(const Candidate& candidate, int rank) const {
    const dem::CellWindow cell{candidate.col, candidate.row, 1, 1};
    const dem::HazardMap map = map_.Map(cell);
    LandingSite landing;
    landing.rank = rank;
    landing.place =
        dem::PlacesOfPixels(map_.crs_wkt(), map_.crs_from_pixel(), {{candidate.col, candidate.row}}).front();
    landing.point_in_site_m = dem::PointInSite(site_, {landing.place, map_.Heights(cell).At(0, 0)});
    landing.p_land = ProbabilityOfLanding(cell).At(0, 0);
    landing.slope_rad = map.slope_rad.grid.At(0, 0);
    landing.roughness_m = map.roughness_m.grid.At(0, 0);
    landing.margin_m = candidate.margin_m;
    landing.divert_distance_m = std::numeric_limits<double>::quiet_NaN();
    if (options_.target_in_site_m)
      landing.divert_distance_m = (landing.point_in_site_m.head<2>() - *options_.target_in_site_m).norm();
    landing.divert_dv_mps = candidate.divert.delta_v_mps;
    landing.divert_time_s = candidate.divert.time_s;
    landing.reasons = ReasonsFor(map, 0, 0, candidate.margin_m, NearestUnsafe(candidate));
    return landing;
  }

 private:
  dem::CellGeometry GeometryAt(double col, double row) const {
    const dem::CellWindow cell{static_cast<int>(col), static_cast<int>(row), 1, 1};
    return dem::GroundMetric(map_.crs_wkt(), map_.crs_from_pixel(), map_.width(), map_.height(), cell)
        .At(col, row);
  }

  Eigen::Vector3d PointOf(int col, int row) const { return dem::kMoonRadius_m * GeometryAt(col, row).up; }

  bool IsApart(const Eigen::Vector3d& point) const {
    return std::all_of(points_.begin(), points_.end(), [&](const Eigen::Vector3d& other) {
      return (point - other).norm() >= options_.separation_m;
    });
  }
  bool IsApart(const Candidate& candidate) const { return IsApart(PointOf(candidate.col, candidate.row)); }

  Strip ReadStrip(int strip) const {
    Strip ground;
    ground.first_row = strip * kStripRows;
    ground.classes = map_.Classes({0, ground.first_row, map_.width(), unsafe_.RowsOf(strip)});
    ground.margin_m = dem::Grid<float>(map_.width(), ground.classes.height);
    const std::vector<int> rows_to_unsafe = unsafe_.RowsToUnsafe(strip, ground.classes);
    for (int row = 0; row < ground.classes.height; ++row) {
      const auto first = rows_to_unsafe.begin() + static_cast<std::ptrdiff_t>(PlaceOf(row, map_.width(), 0));
      const std::vector<float> margins = DistanceAlongRow(
          {first, first + map_.width()}, middle_.col_step_m.norm(), middle_.row_step_m.norm());
      std::copy(margins.begin(), margins.end(), &ground.margin_m.At(0, row));
    }
    return ground;
  }

  dem::CellWindow WindowOf(const Strip& ground, int bin) const {
    const int col = bin * kBinCols;
    return {col, ground.first_row, std::min(kBinCols, map_.width() - col), ground.classes.height};
  }

  dem::Grid<float> ProbabilityOfLanding(const dem::CellWindow& window) const {
    const Eigen::Vector2i reach = DispersionReach(covariance_px2_);
    dem::CellWindow wide;
    wide.col = std::max(0, window.col - reach.x());
    wide.row = std::max(0, window.row - reach.y());
    wide.width = std::min(map_.width(), window.EndCol() + reach.x()) - wide.col;
    wide.height = std::min(map_.height(), window.EndRow() + reach.y()) - wide.row;
    const dem::Grid<float> dispersed = Disperse(map_.Probability(wide), covariance_px2_);
    dem::Grid<float> p_land(window.width, window.height);
    for (int row = 0; row < window.height; ++row) {
      std::copy_n(&dispersed.At(window.col - wide.col, window.row - wide.row + row), window.width,
                  &p_land.At(0, row));
    }
    return p_land;
  }

  /// Calls `use(candidate, class, p_land)` for the cells of a window of the strip, by rows.
  template <typename Use>
  void ForEach(const Strip& ground, const dem::CellWindow& window, const Use& use) const {
    const dem::Grid<float> p_land = ProbabilityOfLanding(window);
    for (int row = 0; row < window.height; ++row) {
      for (int col = 0; col < window.width; ++col) {
        Candidate candidate;
        candidate.col = window.col + col;
        candidate.row = window.row + row;
        candidate.probability_steps = std::lround(p_land.At(col, row) / kSameProbability);
        candidate.margin_m = ground.margin_m.At(candidate.col, row);
        use(candidate, static_cast<dem::HazardClass>(ground.classes.At(candidate.col, row)),
            p_land.At(col, row));
      }
    }
  }

  /// The best cell of a bin that may be a site and is apart from those chosen.
  std::optional<Candidate> BestOf(const Strip& ground, int bin) const {
    const dem::CellWindow window = WindowOf(ground, bin);
    const dem::GroundMetric metric(map_.crs_wkt(), map_.crs_from_pixel(), map_.width(), map_.height(),
                                   window);
    std::optional<Candidate> best;
    ForEach(ground, window, [&](const Candidate& candidate, dem::HazardClass value, double p) {
      if (value != dem::HazardClass::kSafe || !(p > 0) || p < options_.min_p_land) return;
      if (best && !Better(candidate, *best)) return;
      if (IsApart(dem::kMoonRadius_m * metric.At(candidate.col, candidate.row).up)) best = candidate;
    });
    return best;
  }

  std::optional<std::uint16_t> NearestUnsafe(const Candidate& candidate) const {
    const double col_m = middle_.col_step_m.norm(), row_m = middle_.row_step_m.norm();
    const double reach_m = candidate.margin_m * (1 + 1e-5);
    const int cols = static_cast<int>(reach_m / col_m), rows = static_cast<int>(reach_m / row_m);
    const int left = std::max(0, candidate.col - cols),
              right = std::min(map_.width() - 1, candidate.col + cols);
    for (int row = std::max(0, candidate.row - rows);
         row <= std::min(map_.height() - 1, candidate.row + rows); ++row) {
      const dem::Grid<std::uint8_t> classes = map_.Classes({left, row, right - left + 1, 1});
      for (int col = left; col <= right; ++col) {
        const double distance_m = std::hypot((col - candidate.col) * col_m, (row - candidate.row) * row_m);
        if (!IsSafe(classes.At(col - left, 0)) && distance_m <= reach_m)
          return map_.Map({col, row, 1, 1}).reasons.grid.At(0, 0);
      }
    }
    return std::nullopt;
  }

  const PartedMap& map_;
  const dem::Site& site_;
  const LandingOptions& options_;
  const std::function<void()>& step_;
  dem::CellGeometry middle_;
  Eigen::Matrix2d covariance_px2_;
  UnsafeAround unsafe_;
  int bins_across_ = 0;
  std::vector<std::optional<Candidate>> best_;  ///< of each bin
  std::vector<Eigen::Vector3d> points_;         ///< of those chosen, in `moon`
};

}  // namespace

LandingChoice SelectLandingSitesByParts(const PartedMap& map, const dem::Site& site,
                                        const LandingOptions& options,
                                        const std::function<void(int done, int all)>& step) {
  options.Validate();
  if (map.width() < 1 || map.height() < 1) throw std::invalid_argument("map: is empty");
  if (options.divert || options.divert_reach_m > 0)
    throw std::invalid_argument("divert: needs a map that fits into memory; choose a smaller window");
  const int passes = 2 * ((map.height() + kStripRows - 1) / kStripRows);
  int done = 0;
  const std::function<void()> count = [&] {
    ++done;
    step(done, std::max(done, passes));
  };
  PartedSearch search(map, site, options, count);
  LandingChoice choice;
  for (const Candidate& candidate : search.Choose()) {
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
