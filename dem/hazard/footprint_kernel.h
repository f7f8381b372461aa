#pragma once

// Plain data only, for the reason in dem/terrain/ray_kernel.h.
#include <cstdint>

namespace perilune::dem {

/// Cells without data have this height, above all ground; lanes that rest on nothing have planes higher
/// still.
inline constexpr float kNoGround = 1e20F;

/// PadPlane (footprint_stencil.h) in single precision; pads are numbers within their yaw.
struct FootprintPlane {
  std::int32_t pads[3];
  float middle[3], per_col[3], per_row[3];
  std::int32_t first_other, other_count;
};
struct FootprintOther {
  std::int32_t pad;
  float plane[3];
};

/// Cells side by side: `at` is the place of the first from the middle, in a patch's memory.
struct FootprintRun {
  std::int32_t at, count;
  float first_col, row;
};

/// A square of cells that the body's disc touches.
struct FootprintBlock {
  std::int32_t at;            ///< of its first cell
  float col, row;             ///< its middle
  std::int32_t first, count;  ///< its cells in the disc, as runs; of a coarse block its blocks
};

/// A lander on the cells of a patch.
struct FootprintShape {
  std::int32_t yaws, legs;
  const std::int32_t* pads;         ///< places from the middle, `legs` a yaw
  const std::int32_t* first_plane;  ///< a yaw, and the end
  const FootprintPlane* planes;
  const FootprintOther* others;
  const FootprintBlock* coarse_blocks;
  std::int32_t coarse_count;
  const FootprintBlock* blocks;
  std::int32_t block_count;
  const FootprintRun* runs;
  float half_coarse, half_block;              ///< from a block's middle to its outermost cells, cells
  float inverse_cc, inverse_cr2, inverse_rr;  ///< inverse metric; cr2 counts both of its corners
  float error_m;  ///< bound of what single precision does to a height over a plane
  /// Ground is searched until it is known to lie below the first or above the second; the same: to the last
  /// cell.
  float safe_below_m, unsafe_above_m;
};

/// Cells of a row, all pointers at the first. `unknown` is not 0 where the body's disc has missing cells;
/// null: none.
struct FootprintRow {
  const float* ground;
  const float* pad_height;     ///< highest ground under a pad
  const float* block_highest;  ///< highest of the block of which a cell is the first
  const float* coarse_highest;
  const float* unknown;
  float* block_tops;   ///< room for 16 values a block
  std::int32_t count;  ///< 16 × k
  float* slope2;       ///< squared tangent of the steepest resting plane; negative: unknown
  float* highest_m;    ///< highest ground above a resting plane, at right angles to it
};

struct FootprintKernel {
  void (*test)(const FootprintShape& shape, const FootprintRow& row);
};

inline constexpr int kFootprintLanes = 16;
inline constexpr int kMostLegs = 6;

extern const FootprintKernel kFootprintKernelSse2;
extern const FootprintKernel kFootprintKernelAvx2;
extern const FootprintKernel kFootprintKernelAvx512;

}  // namespace perilune::dem
