#include "nav/landing/reach.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>

namespace perilune::nav {

namespace {

constexpr int kMostNodes = 32;
constexpr int kDeniedBeforeLattice = 100;

int Node(int i, int nodes, int cells) {
  return nodes == 1 ? 0 : static_cast<int>(std::int64_t{i} * (cells - 1) / (nodes - 1));
}

/// The node at or before a cell, such that the next is there too.
int NodeBefore(int cell, int nodes, int cells) {
  int node = 0;
  while (node + 2 < nodes && Node(node + 1, nodes, cells) <= cell) ++node;
  return node;
}

}  // namespace

ReachOfCells::ReachOfCells(const DescentState& state, const DivertLimits& limits, const GroundUnder& ground,
                           int width, int height, double spacing_m)
    : state_(state), limits_(limits), ground_(ground), width_(width), height_(height), spacing_m_(spacing_m) {
  limits_.Validate();
}

DivertPlan ReachOfCells::PlanTo(int col, int row) {
  if (reached_.empty() && denied_ >= kDeniedBeforeLattice) TryLattice();
  if (!reached_.empty() && LatticeDenies(col, row)) return {};
  DivertPlan plan = Plan(ground_.PointOfCell(col, row));
  denied_ += plan.Reachable() ? 0 : 1;
  return plan;
}

DivertPlan ReachOfCells::Plan(const Eigen::Vector3d& aim_in_site_m) const {
  return PlanDivert(
      state_, aim_in_site_m, limits_,
      [&](const Eigen::Vector3d& point) { return ground_.HeightOver_m(point); }, std::max(1.0, spacing_m_));
}

void ReachOfCells::TryLattice() {
  columns_ = std::min(kMostNodes, width_);
  rows_ = std::min(kMostNodes, height_);
  reached_.assign(static_cast<std::size_t>(columns_) * rows_, 0);
  tbb::parallel_for(0, columns_ * rows_, [&](int i) {
    const Eigen::Vector3d aim =
        ground_.PointOfCell(Node(i % columns_, columns_, width_), Node(i / columns_, rows_, height_));
    const bool denied = aim.allFinite() && !Plan(aim).Reachable();  // a node without data denies nothing
    reached_[static_cast<std::size_t>(i)] = denied ? 0 : 1;
  });
}

bool ReachOfCells::LatticeDenies(int col, int row) const {
  const int c = NodeBefore(col, columns_, width_), r = NodeBefore(row, rows_, height_);
  for (int j = r; j <= std::min(r + 1, rows_ - 1); ++j) {
    for (int i = c; i <= std::min(c + 1, columns_ - 1); ++i) {
      if (reached_[static_cast<std::size_t>(j) * columns_ + i]) return false;
    }
  }
  return true;
}

}  // namespace perilune::nav
