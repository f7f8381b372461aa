#include "dem/hazard/ground_metric.h"

#include <algorithm>

#include "dem/frames/moon.h"
#include "dem/io/pixel_places.h"

namespace perilune::dem {

namespace {

/// Lattice coordinates along one axis: the node before `value` and the fraction towards the next. The last
/// node sits on the last cell, so that no node lies outside the raster (there may be no Moon there).
struct LatticePosition {
  int node = 0;
  double fraction = 0;
};

int NodeCount(int size) { return size <= 1 ? 2 : (size - 2) / GroundMetric::kStep + 2; }

double NodeCoordinate(int node, int size) {
  return std::min(node * GroundMetric::kStep, std::max(size - 1, 1));
}

/// Between two of the `count` nodes from `first` on.
LatticePosition Locate(double value, int size, int first, int count) {
  LatticePosition position;
  position.node = std::clamp(static_cast<int>(value) / GroundMetric::kStep, first, first + count - 2);
  const double from = NodeCoordinate(position.node, size), to = NodeCoordinate(position.node + 1, size);
  position.fraction = (value - from) / (to - from);
  return position;
}

LatticePosition Locate(double value, int size) { return Locate(value, size, 0, NodeCount(size)); }

}  // namespace

Eigen::Matrix2d CellGeometry::Metric() const {
  Eigen::Matrix2d metric;
  metric(0, 0) = col_step_m.squaredNorm();
  metric(1, 1) = row_step_m.squaredNorm();
  metric(0, 1) = metric(1, 0) = col_step_m.dot(row_step_m);
  return metric;
}

Eigen::Vector2d CellGeometry::PixelsPerMetre(const Eigen::Vector3d& direction_in_moon) const {
  const Eigen::Vector3d horizontal = (direction_in_moon - direction_in_moon.dot(up) * up).normalized();
  return Metric().inverse() * Eigen::Vector2d(horizontal.dot(col_step_m), horizontal.dot(row_step_m));
}

GroundMetric::GroundMetric(const std::string& crs_wkt, const Eigen::Affine2d& crs_from_pixel, int width,
                           int height)
    : GroundMetric(crs_wkt, crs_from_pixel, width, height, {0, 0, width, height}) {}

GroundMetric::GroundMetric(const std::string& crs_wkt, const Eigen::Affine2d& crs_from_pixel, int width,
                           int height, const CellWindow& window)
    : width_(width),
      height_(height),
      first_col_(Locate(window.col, width).node),
      first_row_(Locate(window.row, height).node),
      columns_(Locate(window.EndCol() - 1, width).node + 2 - first_col_),
      rows_(Locate(window.EndRow() - 1, height).node + 2 - first_row_) {
  std::vector<Eigen::Vector2d> pixels;
  pixels.reserve(static_cast<std::size_t>(columns_) * rows_ * 5);
  for (int row = first_row_; row < first_row_ + rows_; ++row) {
    for (int col = first_col_; col < first_col_ + columns_; ++col) {
      // A quarter of a cell each way stays on the Moon where a raster's edge is a pole.
      const Eigen::Vector2d centre(NodeCoordinate(col, width), NodeCoordinate(row, height));
      pixels.push_back(centre);
      pixels.push_back(centre - Eigen::Vector2d(0.25, 0));
      pixels.push_back(centre + Eigen::Vector2d(0.25, 0));
      pixels.push_back(centre - Eigen::Vector2d(0, 0.25));
      pixels.push_back(centre + Eigen::Vector2d(0, 0.25));
    }
  }
  const std::vector<LatLon> places = PlacesOfPixels(crs_wkt, crs_from_pixel, pixels);
  nodes_.reserve(pixels.size() / 5);
  for (std::size_t i = 0; i < places.size(); i += 5) {
    CellGeometry node;
    node.up = DirectionInMoon(places[i]);
    node.col_step_m = 2 * kMoonRadius_m * (DirectionInMoon(places[i + 2]) - DirectionInMoon(places[i + 1]));
    node.row_step_m = 2 * kMoonRadius_m * (DirectionInMoon(places[i + 4]) - DirectionInMoon(places[i + 3]));
    nodes_.push_back(node);
  }
}

CellGeometry GroundMetric::At(double col, double row) const {
  const LatticePosition c = Locate(col, width_, first_col_, columns_);
  const LatticePosition r = Locate(row, height_, first_row_, rows_);
  const CellGeometry* top =
      &nodes_[static_cast<std::size_t>(r.node - first_row_) * columns_ + (c.node - first_col_)];
  const CellGeometry* bottom = top + columns_;
  const auto mix = [&](Eigen::Vector3d CellGeometry::*member) -> Eigen::Vector3d {
    const Eigen::Vector3d upper = top[0].*member + c.fraction * (top[1].*member - top[0].*member);
    const Eigen::Vector3d lower = bottom[0].*member + c.fraction * (bottom[1].*member - bottom[0].*member);
    return upper + r.fraction * (lower - upper);
  };
  CellGeometry cell;
  cell.up = mix(&CellGeometry::up).normalized();
  cell.col_step_m = mix(&CellGeometry::col_step_m);
  cell.row_step_m = mix(&CellGeometry::row_step_m);
  return cell;
}

}  // namespace perilune::dem
