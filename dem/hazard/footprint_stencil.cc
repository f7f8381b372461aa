#include "dem/hazard/footprint_stencil.h"

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace perilune::dem {

namespace {

/// Ties go outwards on both sides of the middle, whatever sine and cosine rounded to: opposite pads stay
/// opposite.
Eigen::Vector2i NearestCell(const Eigen::Vector2d& cell) {
  const auto nearest = [](double value) { return static_cast<int>(std::lround(value * (1 + 1e-9))); };
  return {nearest(cell.x()), nearest(cell.y())};
}

int Cross(const Eigen::Vector2i& a, const Eigen::Vector2i& b) { return a.x() * b.y() - a.y() * b.x(); }

/// Edges included; in cells, so without rounding.
bool TriangleHoldsMiddle(const Eigen::Vector2i& a, const Eigen::Vector2i& b, const Eigen::Vector2i& c) {
  const int ab = Cross(a, b), bc = Cross(b, c), ca = Cross(c, a);
  return (ab >= 0 && bc >= 0 && ca >= 0) || (ab <= 0 && bc <= 0 && ca <= 0);
}

std::array<double, 3> ToArray(const Eigen::RowVector3d& row) { return {row.x(), row.y(), row.z()}; }

PadPlane PlaneThrough(const std::vector<Eigen::Vector2i>& pads, const std::array<int, 3>& three,
                      bool stable) {
  Eigen::Matrix3d places;
  for (int i = 0; i < 3; ++i) places.row(i) << 1, pads[three[i]].x(), pads[three[i]].y();
  const Eigen::Matrix3d weights = places.inverse();
  PadPlane plane;
  plane.pads = three;
  plane.middle = ToArray(weights.row(0));
  plane.per_col = ToArray(weights.row(1));
  plane.per_row = ToArray(weights.row(2));
  for (int pad = 0; stable && pad < static_cast<int>(pads.size()); ++pad) {
    if (std::find(three.begin(), three.end(), pad) != three.end()) continue;
    plane.others.push_back({pad, ToArray(Eigen::RowVector3d(1, pads[pad].x(), pads[pad].y()) * weights)});
  }
  return plane;
}

PadYaw MakeYaw(const Eigen::Matrix2d& cells_from_ground, const Lander& lander, double yaw_rad,
               PadPlanes rule) {
  PadYaw yaw;
  for (int leg = 0; leg < lander.legs; ++leg) {
    const double azimuth = yaw_rad + 2 * kPi * leg / lander.legs;
    const Eigen::Vector2d ground =
        0.5 * lander.leg_circle_diameter_m * Eigen::Vector2d(std::cos(azimuth), std::sin(azimuth));
    yaw.pads.push_back(NearestCell(cells_from_ground * ground));
  }
  const bool stable = rule == PadPlanes::kStable;
  for (int i = 0; i < lander.legs; ++i) {
    for (int j = i + 1; j < lander.legs; ++j) {
      for (int k = j + 1; k < lander.legs; ++k) {
        const auto &a = yaw.pads[i], &b = yaw.pads[j], &c = yaw.pads[k];
        if (Cross(b - a, c - a) == 0) continue;
        if (stable && !TriangleHoldsMiddle(a, b, c)) continue;
        yaw.planes.push_back(PlaneThrough(yaw.pads, {i, j, k}, stable));
      }
    }
  }
  return yaw;
}

}  // namespace

FootprintStencil MakeFootprintStencil(const Eigen::Matrix2d& metric, const Lander& lander,
                                      const FootprintTestOptions& options) {
  FootprintStencil stencil;
  stencil.inverse_metric = metric.inverse();
  stencil.pad = MakeDisc(metric, lander.pad_diameter_m);
  stencil.body = MakeDisc(metric, lander.leg_circle_diameter_m);
  stencil.reach_cols = stencil.body.reach_cols;
  stencil.reach_rows = stencil.body.reach_rows;
  // M = LᵀL with L upper triangular: ground axes whose first is along the rows; row pixels run down, ground
  // up.
  const Eigen::Matrix2d ground_from_cells = metric.llt().matrixU();
  const Eigen::Matrix2d cells_from_ground = ground_from_cells.inverse();
  for (int i = 0; i < options.yaws; ++i) {
    const double yaw_rad = 2 * kPi * i / (lander.legs * options.yaws);
    stencil.yaws.push_back(MakeYaw(cells_from_ground, lander, yaw_rad, options.planes));
    for (const Eigen::Vector2i& pad : stencil.yaws.back().pads) {
      stencil.reach_cols = std::max(stencil.reach_cols, std::abs(pad.x()) + stencil.pad.reach_cols);
      stencil.reach_rows = std::max(stencil.reach_rows, std::abs(pad.y()) + stencil.pad.reach_rows);
    }
  }
  return stencil;
}

}  // namespace perilune::dem
