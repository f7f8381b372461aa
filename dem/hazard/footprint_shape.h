#pragma once

#include <vector>

#include "dem/hazard/footprint_kernel.h"
#include "dem/hazard/footprint_stencil.h"

namespace perilune::dem {

/// Memory of a FootprintShape: the stencil in single precision, for patches of one width, and the body's disc
/// cut into square blocks.
struct FootprintTables {
  std::vector<std::int32_t> pads, first_plane;
  std::vector<FootprintPlane> planes;
  std::vector<FootprintOther> others;
  std::vector<FootprintBlock> coarse_blocks, blocks;
  std::vector<FootprintRun> runs;
  int block_size = 1;
  int coarse_size = 1;
  /// Tangent of tilt that an error of 1 m of the pads' heights may make.
  double tilt_per_metre = 0;

  /// Points into the tables; of the members that concern errors and limits, all are left at 0.
  FootprintShape Shape(const FootprintStencil& stencil) const;
};

/// Cells along a coarse block: a third of the body, in whole blocks.
int CoarseBlockSize(const FootprintStencil& stencil);

FootprintTables MakeFootprintTables(const FootprintStencil& stencil, int patch_width);

}  // namespace perilune::dem
