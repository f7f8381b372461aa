#pragma once

#include <vector>

#include "dem/terrain/terrain.h"

namespace perilune::dem {

/// Cells of `fine` over which it fades into `coarse`: Terrain::kBlendCells, or four cells of `coarse` where
/// that is more: details of a coarse cell's size may not end within a fraction of one. At most a quarter of a
/// level larger than 4 × kBlendCells, and 128.
int BlendCells(const TerrainLevel& fine, const TerrainLevel& coarse);

/// Weight of the finer level `cells` inside its border or beside its missing data: 0 at 0, 1 from
/// `blend_cells` on, smooth.
double BlendWeight(double cells, int blend_cells);

/// Throws std::invalid_argument as Terrain's constructor does (but for levels without any data).
void CheckLevels(const std::vector<TerrainLevel>& finest_first);

/// Makes one surface of nested levels, in place: fills the holes of each finer level from the next coarser
/// one and fades it into that beside the holes and at its border. In the fade the coarser ground is its
/// Catmull-Rom surface, which has no creases along the coarse cells; at the border itself it is the bilinear
/// one that rays see, so that the heights of both levels agree there. Works by bands of rows: beside the
/// levels it needs a few megabytes. Not to be applied twice.
void JoinLevels(std::vector<TerrainLevel>& finest_first);

}  // namespace perilune::dem
