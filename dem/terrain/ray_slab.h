// The slab of heights that bounds where rays can meet the ground. Part of the ray kernel: see
// ray_kernel_body.h.
#pragma once

#include "dem/terrain/lanes.h"
#include "dem/terrain/ray_kernel.h"
#include "dem/terrain/ray_region.h"

namespace perilune::dem {
namespace {

// A packet is this many groups of lanes.
constexpr int kGroups = kPacketRays / kLanes;
static_assert(kGroups * kLanes == kPacketRays);

constexpr double kHuge = 1e300;
constexpr int kBlockCells = 4, kBlockShift = 2;
// The slab reaches this much beyond the heights in it, m: above against rounding, below so that only rays
// which passed through missing data, or a step, leave through its floor.
constexpr double kSlabAbove_m = 1e-3, kSlabBelow_m = 0.05;

struct Slab {
  double low_m, high_m;
  bool empty;
};

PERILUNE_INLINE Doubles LoadRays(const double* values, int step, int first) {
  return Load<Doubles>(values + static_cast<std::int64_t>(step) * first);
}

struct Window {
  int col0, row0, col1, row1;  // cells, both ends included
};

PERILUNE_INLINE int ClampCell(double coordinate, int last) {
  return !(coordinate > 0) ? 0 : (coordinate >= last ? last : static_cast<int>(coordinate));
}

// Cells under the rays while they are in the slab.
PERILUNE_INLINE Window WindowOf(const LevelView& level, const RayBounds& bounds, const Slab& slab) {
  // Single precision may put a point into the neighbouring cell when it is closer than this to the edge.
  constexpr double kMargin = 0.01;
  const Region region = RegionInSlab(bounds, slab.low_m, slab.high_m);
  const int last_col = level.width - 2, last_row = level.height - 2;
  return {ClampCell((region.x_m.low - level.x0_m) * level.per_m - kMargin, last_col),
          ClampCell((level.y0_m - region.y_m.high) * level.per_m - kMargin, last_row),
          ClampCell((region.x_m.high - level.x0_m) * level.per_m + kMargin, last_col),
          ClampCell((level.y0_m - region.y_m.low) * level.per_m + kMargin, last_row)};
}

// Slab of the heights in a window of cells, from at most 4 × 4 blocks; without branches, since no two packets
// take the same ones.
PERILUNE_INLINE Slab SlabOf(const LevelView& level, const Window& w) {
  using Four = float __attribute__((vector_size(16)));
  using FourInts = std::int32_t __attribute__((vector_size(16)));
  constexpr int kSide = 4;
  int col0 = w.col0 >> kBlockShift, col1 = w.col1 >> kBlockShift;
  int row0 = w.row0 >> kBlockShift, row1 = w.row1 >> kBlockShift;
  const int widest = (col1 - col0) | (row1 - row0) | 1;
  int mip = 30 - __builtin_clz(static_cast<unsigned>(widest));  // widest >> mip is 2 or 3
  mip = mip < 0 ? 0 : mip;
  mip += ((col1 >> mip) - (col0 >> mip) >= kSide) | ((row1 >> mip) - (row0 >> mip) >= kSide);
  mip = mip < level.mip_count ? mip : level.mip_count - 1;
  const MipView& blocks = level.mips[mip];
  col0 >>= mip, col1 >>= mip, row0 >>= mip, row1 >>= mip;
  const float infinity = __builtin_inff();
  Four low = {infinity, infinity, infinity, infinity}, high = -low;
  // Four columns from `from` on, which may begin before col0 where the mip ends.
  const int last_from = blocks.width - kSide;
  if (last_from >= 0) {
    const int from = col0 < last_from ? col0 : last_from;
    const FourInts col = FourInts{0, 1, 2, 3} + from;
    const FourInts inside = (col >= col0) & (col <= col1);
    for (int i = 0; i < kSide; ++i) {
      const int row = row0 + i < row1 ? row0 + i : row1;
      Four lows, highs;
      __builtin_memcpy(&lows, blocks.min_m + row * blocks.width + from, sizeof lows);
      __builtin_memcpy(&highs, blocks.max_m + row * blocks.width + from, sizeof highs);
      low = (inside & (lows < low)) ? lows : low;
      high = (inside & (highs > high)) ? highs : high;
    }
  } else {
    for (int row = row0; row <= row1; ++row) {
      for (int col = col0; col <= col1; ++col) {
        low[0] = Lesser(low[0], blocks.min_m[row * blocks.width + col]);
        high[0] = Greater(high[0], blocks.max_m[row * blocks.width + col]);
      }
    }
  }
  const double lowest = Lesser(Lesser(low[0], low[1]), Lesser(low[2], low[3]));
  const double highest = Greater(Greater(high[0], high[1]), Greater(high[2], high[3]));
  return {lowest - kSlabBelow_m, highest + kSlabAbove_m, lowest > highest};
}

// Shrinks the slab: what the rays can meet lies in the window that they cross inside it.
PERILUNE_INLINE Slab Shrink(const LevelView& level, const RayBounds& bounds, Slab slab, int rounds) {
  for (int round = 0; round < rounds && !slab.empty; ++round) {
    const Slab finer = SlabOf(level, WindowOf(level, bounds, slab));
    slab = {Greater(slab.low_m, finer.low_m), Lesser(slab.high_m, finer.high_m), finer.empty};
  }
  return slab;
}

// Lowers the top of a slab where the rays' way through its upper half is free: what lies high but far along
// rays that graze does not matter to where they come down.
PERILUNE_INLINE Slab Lower(const LevelView& level, const RayBounds& bounds, Slab slab, int rounds) {
  for (int round = 0; round < rounds && !slab.empty; ++round) {
    const double middle_m = 0.5 * (slab.low_m + slab.high_m);
    const Slab upper = SlabOf(level, WindowOf(level, bounds, {middle_m, slab.high_m, false}));
    slab.high_m = Lesser(slab.high_m, Greater(middle_m, upper.high_m));
  }
  return slab;
}

}  // namespace
}  // namespace perilune::dem
