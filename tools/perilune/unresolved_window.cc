#include "tools/perilune/unresolved_window.h"

#include <algorithm>
#include <cmath>

#include "dem/hazard/ground_metric.h"

namespace perilune::tools {
namespace {

constexpr double kResolutionsAcross = 160;
constexpr int kMostCellsAcross = 2000;

struct Span {
  int first = 0, count = 0;
};

/// Cells of an axis around the middle of a window: at least the wanted length, limited to the file.
Span SpanAround(int first, int count, double wanted_cells, int file_cells) {
  const int wanted = static_cast<int>(std::ceil(std::clamp(wanted_cells, 1.0, 1.0 * kMostCellsAcross)));
  const int across = std::min({std::max(count, wanted), kMostCellsAcross, file_cells});
  return {std::clamp(first + count / 2 - across / 2, 0, file_cells - across), across};
}

}  // namespace

std::optional<dem::UnresolvedRelief> UnresolvedInWindow(dem::RasterFile& file, const CellWindow& window,
                                                        const dem::HazardOptions& options,
                                                        double effective_resolution_m) {
  const Eigen::Vector2d middle(window.col + window.width / 2, window.row + window.height / 2);
  const Eigen::Affine2d crs_from_middle = file.crs_from_pixel() * Eigen::Translation2d(middle);
  const dem::CellGeometry cell = dem::GroundMetric(file.crs_wkt(), crs_from_middle, 1, 1).At(0, 0);
  const double wanted_m = kResolutionsAcross * effective_resolution_m;
  if (!(cell.col_step_m.norm() > 0 && cell.row_step_m.norm() > 0)) return std::nullopt;
  const Span cols = SpanAround(window.col, window.width, wanted_m / cell.col_step_m.norm(), file.width());
  const Span rows = SpanAround(window.row, window.height, wanted_m / cell.row_step_m.norm(), file.height());
  const dem::Raster<float> around = file.ReadWindow(cols.first, rows.first, cols.count, rows.count);
  return dem::EstimateUnresolvedRelief(around, {effective_resolution_m, options.footprint_m,
                                                options.height_sigma_m, options.height_correlation_m});
}

dem::HazardOptions WithUnresolved(const dem::HazardOptions& options, const dem::UnresolvedRelief& relief) {
  dem::HazardOptions honest = options;
  honest.unresolved_slope_rad = relief.slope_rad;
  honest.unresolved_roughness_m = relief.largest_deviation_m;
  return honest;
}

}  // namespace perilune::tools
