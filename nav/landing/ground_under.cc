#include "nav/landing/ground_under.h"

#include <algorithm>
#include <cmath>

#include "dem/frames/moon.h"

namespace perilune::nav {

Eigen::Vector2d GroundUnder::CellBelow(const Eigen::Vector3d& point_in_site_m) const {
  const Eigen::Vector3d wanted = (site_.moon_from_site * point_in_site_m).normalized() * dem::kMoonRadius_m;
  const double last_col = dem_.grid.width - 1, last_row = dem_.grid.height - 1;
  Eigen::Vector2d cell(0.5 * last_col, 0.5 * last_row);
  for (int i = 0; i < 4; ++i) {
    const dem::CellGeometry at =
        metric_.At(std::clamp(cell.x(), 0.0, last_col), std::clamp(cell.y(), 0.0, last_row));
    // Inside the DEM the metric is that of the cell; outside that of the nearest edge, which then says how
    // far out.
    const Eigen::Vector2d inside(std::clamp(cell.x(), 0.0, last_col), std::clamp(cell.y(), 0.0, last_row));
    const Eigen::Vector3d off = wanted - dem::kMoonRadius_m * at.up;
    const Eigen::Vector2d step =
        at.Metric().inverse() * Eigen::Vector2d(off.dot(at.col_step_m), off.dot(at.row_step_m));
    cell = inside + step;
    if (!cell.allFinite()) return cell;
  }
  return cell;
}

double GroundUnder::HeightOver_m(const Eigen::Vector3d& point_in_site_m) const {
  const Eigen::Vector2d cell = CellBelow(point_in_site_m);
  const dem::Grid<float>& heights = dem_.grid;
  if (!(cell.x() >= 0 && cell.y() >= 0 && cell.x() <= heights.width - 1 && cell.y() <= heights.height - 1))
    return std::nan("");
  const int col = std::min(static_cast<int>(cell.x()), heights.width - 2);
  const int row = std::min(static_cast<int>(cell.y()), heights.height - 2);
  if (col < 0 || row < 0) return std::nan("");
  const double u = cell.x() - col, v = cell.y() - row;
  const double upper = (1 - u) * heights.At(col, row) + u * heights.At(col + 1, row);
  const double lower = (1 - u) * heights.At(col, row + 1) + u * heights.At(col + 1, row + 1);
  return dem::HeightAboveSphere(point_in_site_m) - ((1 - v) * upper + v * lower);
}

Eigen::Vector3d GroundUnder::PointOfCell(int col, int row) const {
  const Eigen::Vector3d point_in_moon =
      (dem::kMoonRadius_m + dem_.grid.At(col, row)) * metric_.At(col, row).up;
  return site_.moon_from_site.inverse() * point_in_moon;
}

}  // namespace perilune::nav
