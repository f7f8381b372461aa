#pragma once

#include <optional>
#include <vector>

#include "nav/landing/divert.h"
#include "nav/landing/ground_under.h"

namespace perilune::nav {

/// Which cells of a DEM a lander can reach. Cells are asked one at a time, as a ranking needs them; when many
/// were out of reach, a lattice of up to 32 × 32 of them is tried at once, and from then on a cell counts as
/// out of reach when none of the four around it can be reached: a reach smaller than that lattice's mesh may
/// be overlooked there.
class ReachOfCells {
 public:
  /// Keeps a reference to `ground`. `spacing_m`: of the cells.
  ReachOfCells(const DescentState& state, const DivertLimits& limits, const GroundUnder& ground, int width,
               int height, double spacing_m);

  /// How to get to the ground at a cell that has data, clear of the DEM's ground.
  DivertPlan PlanTo(int col, int row);

 private:
  DivertPlan Plan(const Eigen::Vector3d& aim_in_site_m) const;
  /// Tries the lattice, in parallel.
  void TryLattice();
  bool LatticeDenies(int col, int row) const;

  DescentState state_;
  DivertLimits limits_;
  const GroundUnder& ground_;
  int width_ = 0, height_ = 0;
  double spacing_m_ = 0;
  int denied_ = 0;
  int columns_ = 0, rows_ = 0;
  std::vector<char> reached_;  ///< of the lattice; empty before it was tried
};

}  // namespace perilune::nav
