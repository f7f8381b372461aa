#include "tools/perilune/hazard_window.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "dem/hazard/ground_metric.h"
#include "dem/hazard/plane_fit.h"
#include "dem/io/data_error.h"

namespace perilune::tools {
namespace {

constexpr int kStripCells = 4'000'000;  // some seconds of work and 100 MB

/// Window with margins, all in cells of the file.
struct Margins {
  int left = 0, right = 0, top = 0, bottom = 0;
};

dem::CellGeometry GeometryAt(const dem::RasterFile& file, int col, int row) {
  const Eigen::Affine2d crs_from_cell = file.crs_from_pixel() * Eigen::Translation2d(col, row);
  return dem::GroundMetric(file.crs_wkt(), crs_from_cell, 1, 1).At(0, 0);
}

/// The margins that the window's corners and middle need; the largest of each.
Margins MarginsOf(const dem::RasterFile& file, const CellWindow& window, const dem::HazardOptions& options,
                  const std::optional<dem::PlacedSun>& sun, double shadow_reach_m) {
  Margins margins;
  for (const int col : {window.col, window.col + window.width / 2, window.col + window.width - 1}) {
    for (const int row : {window.row, window.row + window.height / 2, window.row + window.height - 1}) {
      const dem::CellGeometry cell = GeometryAt(file, col, row);
      const Eigen::Matrix2d metric = cell.Metric();
      if (!metric.allFinite() || !(metric.determinant() > 0)) continue;
      const dem::Footprint footprint =
          dem::MakeFootprint(metric, std::max(options.footprint_m, options.slope_baseline_m));
      Eigen::Vector2d towards_sun = Eigen::Vector2d::Zero();
      if (sun) {
        towards_sun = shadow_reach_m * cell.PixelsPerMetre(sun->site.moon_from_site.linear() *
                                                           sun->sun.direction_to_sun_in_site);
        if (!towards_sun.allFinite()) towards_sun.setZero();  // in the zenith: no shadows
      }
      Eigen::Vector2i reach(footprint.reach_cols, footprint.reach_rows);
      if (options.lander) {
        reach = reach.cwiseMax(dem::FootprintReach(metric, *options.lander, options.footprint_test));
      }
      const auto cells = [](double count) {
        return std::max(0, static_cast<int>(std::ceil(std::min(count, 1e8))));
      };
      margins.left = std::max({margins.left, reach.x() + 1, cells(-towards_sun.x())});
      margins.right = std::max({margins.right, reach.x() + 1, cells(towards_sun.x())});
      margins.top = std::max({margins.top, reach.y() + 1, cells(-towards_sun.y())});
      margins.bottom = std::max({margins.bottom, reach.y() + 1, cells(towards_sun.y())});
    }
  }
  return margins;
}

CellWindow Widened(const dem::RasterFile& file, const CellWindow& window, const Margins& margins) {
  const int left = window.col - std::min(margins.left, window.col);
  const int top = window.row - std::min(margins.top, window.row);
  const int after_cols = file.width() - (window.col + window.width);
  const int after_rows = file.height() - (window.row + window.height);
  return {left, top, window.col + window.width + std::min(margins.right, after_cols) - left,
          window.row + window.height + std::min(margins.bottom, after_rows) - top};
}

template <typename T>
void PasteRows(const dem::Raster<T>& strip, int first_row, int rows, dem::Raster<T>& whole) {
  if (whole.grid.empty()) {
    whole = strip;
    whole.grid = dem::Grid<T>(strip.grid.width, rows);
  }
  std::copy(strip.grid.data.begin(), strip.grid.data.end(), &whole.grid.At(0, first_row));
}

/// The first strip gives the whole its size, CRS and origin.
void PasteStrip(const dem::HazardMap& strip, int first_row, int rows, dem::HazardMap& whole) {
  PasteRows(strip.p_site, first_row, rows, whole.p_site);
  PasteRows(strip.slope_rad, first_row, rows, whole.slope_rad);
  PasteRows(strip.roughness_m, first_row, rows, whole.roughness_m);
  PasteRows(strip.rms_roughness_m, first_row, rows, whole.rms_roughness_m);
  PasteRows(strip.relief_m, first_row, rows, whole.relief_m);
  if (strip.HasFootprintTest()) {
    PasteRows(strip.tilt_rad, first_row, rows, whole.tilt_rad);
    PasteRows(strip.clearance_m, first_row, rows, whole.clearance_m);
  }
  PasteRows(strip.lit_fraction, first_row, rows, whole.lit_fraction);
  PasteRows(strip.hazard_class, first_row, rows, whole.hazard_class);
  PasteRows(strip.reasons, first_row, rows, whole.reasons);
  whole.options = strip.options;
  whole.has_sun = strip.has_sun;
  whole.footprint_used_m = std::max(whole.footprint_used_m, strip.footprint_used_m);
  whole.options_hash = strip.options_hash;
}

}  // namespace

CellWindow WindowAround(const dem::RasterFile& file, const dem::LatLon& place, double size_m) {
  const Eigen::Vector2d centre = file.PixelsFromPlaces({place}).front();
  if (!centre.allFinite() || centre.cwiseAbs().maxCoeff() > 1e9) {
    throw std::invalid_argument("--lat, --lon: the place is not on " + file.path().string());
  }
  const Eigen::Vector2i cell = centre.array().round().cast<int>();
  const dem::CellGeometry geometry = GeometryAt(file, cell.x(), cell.y());
  const auto half = [&](double step_m) {
    return static_cast<int>(std::min(1e8, std::ceil(0.5 * size_m / step_m)));
  };
  const int cols = half(geometry.col_step_m.norm()), rows = half(geometry.row_step_m.norm());
  const int left = std::max(0, cell.x() - cols), right = std::min(file.width() - 1, cell.x() + cols);
  const int top = std::max(0, cell.y() - rows), bottom = std::min(file.height() - 1, cell.y() + rows);
  if (left > right || top > bottom) {
    throw std::invalid_argument("--lat, --lon: nothing within --size-m of the place is on " +
                                file.path().string());
  }
  return {left, top, right - left + 1, bottom - top + 1};
}

MappedWindow MapHazardWindow(dem::RasterFile& file, const CellWindow& window,
                             const dem::HazardOptions& options, const std::optional<dem::PlacedSun>& sun,
                             double shadow_reach_m, const std::function<void(int done, int all)>& progress) {
  const Margins margins = MarginsOf(file, window, options, sun, shadow_reach_m);
  const CellWindow widest = Widened(file, window, margins);
  // At least as many rows as the margins add, so that no row is read more than about twice.
  const int strip_rows =
      std::clamp(std::max(kStripCells / widest.width, widest.height - window.height), 1, window.height);
  MappedWindow mapped;
  for (int first = 0; first < window.height; first += strip_rows) {
    const CellWindow strip{window.col, window.row + first, window.width,
                           std::min(strip_rows, window.height - first)};
    const CellWindow read = Widened(file, strip, margins);
    const dem::Raster<float> heights = file.ReadWindow(read.col, read.row, read.width, read.height);
    const dem::HazardMap map = dem::MapHazards(heights, options, sun);
    PasteStrip(dem::CropHazards(map, strip.col - read.col, strip.row - read.row, strip.width, strip.height),
               first, window.height, mapped.map);
    PasteRows(file.ReadWindow(strip.col, strip.row, strip.width, strip.height), first, window.height,
              mapped.dem);
    progress(first + strip.height, window.height);
  }
  const auto& heights = mapped.dem.grid.data;
  if (std::none_of(heights.begin(), heights.end(), [](float z) { return std::isfinite(z); })) {
    throw dem::DataError(file.path(), "has no data where hazards were asked for; choose another window");
  }
  return mapped;
}

}  // namespace perilune::tools
