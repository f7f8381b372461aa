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

// Slabs of some packets.
struct Slabs {
  alignas(64) double low_m[kBoundSlots], high_m[kBoundSlots];  // infinite where all is missing
};

PERILUNE_INLINE Doubles LoadRays(const double* values, int step, int first) {
  return Load<Doubles>(values + static_cast<std::int64_t>(step) * first);
}

// One packet's.
struct Slab {
  double low_m, high_m;
};

PERILUNE_INLINE void Fill(double value, double* slots) {
  for (int i = 0; i < kBoundSlots; i += kLanes) Store(AllDoubles(value), slots + i);
}

// Cells, both ends included.
struct Window {
  int col0, row0, col1, row1;
};

// Cells under the rays of some packets, both ends included.
struct Windows {
  alignas(64) std::int32_t col0[kBoundSlots], row0[kBoundSlots], col1[kBoundSlots], row1[kBoundSlots];
};

// The slots of kLanes packets from `first` on.
PERILUNE_INLINE SpanOf<Doubles> SpanAt(const double* low, const double* high, int first) {
  return {Load<Doubles>(low + first), Load<Doubles>(high + first)};
}

PERILUNE_INLINE Ints CellsAt(const Doubles& coordinate, int last) {
  return ToInts(Min(Max(coordinate, AllDoubles(0)), AllDoubles(last)));
}

// Cells under the rays while they are in their slabs.
PERILUNE_INLINE void FillWindows(const LevelView& level, const RayBounds& bounds, const Slabs& slabs,
                                 int count, Windows& windows) {
  // Single precision may put a point into the neighbouring cell when it is closer than this to the edge.
  const Doubles margin = AllDoubles(0.01), per = AllDoubles(level.per_m), x0_m = AllDoubles(level.x0_m),
                y0_m = AllDoubles(level.y0_m);
  const int last_col = level.width - 2, last_row = level.height - 2;
  for (int i = 0; i < count; i += kLanes) {
    const Doubles zero = AllDoubles(0), anywhere_m = AllDoubles(kAnywhere_m);
    const SpanOf<Doubles> slab = SpanAt(slabs.low_m, slabs.high_m, i);
    const SpanOf<Doubles> z = SpanAt(bounds.origin_low_m[2], bounds.origin_high_m[2], i);
    const auto falls = Load<Doubles>(bounds.all_fall + i) > zero,
               rises = Load<Doubles>(bounds.all_rise + i) > zero;
    const Doubles to_top = slab.high - z.low;
    const Doubles high = Select(falls, Min(to_top, zero), Max(to_top, zero));
    const SpanOf<Doubles> rise{Select(falls, Min(slab.low - z.high, high), zero), high};
    const auto reach = [&](int axis) {
      const SpanOf<Doubles> span =
          SpanAlong(SpanAt(bounds.origin_low_m[axis], bounds.origin_high_m[axis], i), rise,
                    SpanAt(bounds.slope_low[axis], bounds.slope_high[axis], i));
      return SpanOf<Doubles>{Select(falls | rises, span.low, -anywhere_m),
                             Select(falls | rises, span.high, anywhere_m)};
    };
    const SpanOf<Doubles> x_m = reach(0), y_m = reach(1);
    Store(CellsAt((x_m.low - x0_m) * per - margin, last_col), windows.col0 + i);
    Store(CellsAt((y0_m - y_m.high) * per - margin, last_row), windows.row0 + i);
    Store(CellsAt((x_m.high - x0_m) * per + margin, last_col), windows.col1 + i);
    Store(CellsAt((y0_m - y_m.low) * per + margin, last_row), windows.row1 + i);
  }
}

// Blocks of a mip, both ends included.
struct BlockRange {
  std::int32_t mip, col0, row0, col1, row1;
};

struct HeightRange {
  float low_m, high_m;
};

// Lowest and highest heights in at most 4 × 4 blocks; without branches, since no two packets take the same
// ones.
PERILUNE_INLINE HeightRange HeightsIn(const LevelView& level, const BlockRange& range) {
  using Four = float __attribute__((vector_size(16)));
  using FourInts = std::int32_t __attribute__((vector_size(16)));
  constexpr int kSide = 4;
  const MipView& blocks = level.mips[range.mip];
  const float infinity = __builtin_inff();
  // Four columns from `from` on, which may begin before col0 where the mip ends.
  const int last_from = blocks.width - kSide;
  if (last_from < 0) {
    HeightRange all{infinity, -infinity};
    for (int row = range.row0; row <= range.row1; ++row) {
      for (int col = range.col0; col <= range.col1; ++col) {
        const float low = blocks.min_m[row * blocks.width + col],
                    high = blocks.max_m[row * blocks.width + col];
        all = {low < all.low_m ? low : all.low_m, high > all.high_m ? high : all.high_m};
      }
    }
    return all;
  }
  const int from = range.col0 < last_from ? range.col0 : last_from;
  Four low, high;
  for (int i = 0; i < kSide; ++i) {
    const int row = range.row0 + i < range.row1 ? range.row0 + i : range.row1;
    Four lows, highs;
    __builtin_memcpy(&lows, blocks.min_m + row * blocks.width + from, sizeof lows);
    __builtin_memcpy(&highs, blocks.max_m + row * blocks.width + from, sizeof highs);
    low = i == 0 ? lows : (lows < low ? lows : low);
    high = i == 0 ? highs : (highs > high ? highs : high);
  }
  const FourInts col = FourInts{0, 1, 2, 3} + from;
  const FourInts inside = (col >= range.col0) & (col <= range.col1);
  low = inside ? low : infinity - Four{};
  high = inside ? high : -infinity - Four{};
  const Four low2 = __builtin_shufflevector(low, low, 2, 3, 0, 1);
  const Four high2 = __builtin_shufflevector(high, high, 2, 3, 0, 1);
  low = low < low2 ? low : low2;
  high = high > high2 ? high : high2;
  return {low[0] < low[1] ? low[0] : low[1], high[0] > high[1] ? high[0] : high[1]};
}

// The heights in windows, from at most 4 × 4 blocks each.
PERILUNE_INLINE void FillHeights(const LevelView& level, const Windows& windows, int count, Slabs& slabs) {
  alignas(64) std::int32_t mips[kBoundSlots], cols0[kBoundSlots], rows0[kBoundSlots], cols1[kBoundSlots],
      rows1[kBoundSlots];
  for (int i = 0; i < count; i += kLanes) {
    const auto blocks_at = [i](const std::int32_t* cells) {
      return ShiftRight(Load<Ints>(cells + i), kBlockShift);
    };
    const Ints col0 = blocks_at(windows.col0), row0 = blocks_at(windows.row0), col1 = blocks_at(windows.col1),
               row1 = blocks_at(windows.row1);
    // widest >> mip is 2 or 3; then once more where that still straddles five blocks.
    const Ints widest = (col1 - col0) | (row1 - row0) | AllInts(1);
    Ints mip = Max(Log2(widest) - AllInts(1), AllInts(0));
    const Ints too_wide = (ShiftRight(col1, mip) - ShiftRight(col0, mip) > AllInts(3)) |
                          (ShiftRight(row1, mip) - ShiftRight(row0, mip) > AllInts(3));
    mip = Min(mip - too_wide, AllInts(level.mip_count - 1));
    Store(mip, mips + i);
    Store(ShiftRight(col0, mip), cols0 + i);
    Store(ShiftRight(row0, mip), rows0 + i);
    Store(ShiftRight(col1, mip), cols1 + i);
    Store(ShiftRight(row1, mip), rows1 + i);
  }
  for (int i = 0; i < count; ++i) {
    const HeightRange heights = HeightsIn(level, {mips[i], cols0[i], rows0[i], cols1[i], rows1[i]});
    slabs.low_m[i] = static_cast<double>(heights.low_m) - kSlabBelow_m;
    slabs.high_m[i] = static_cast<double>(heights.high_m) + kSlabAbove_m;
  }
}

// Shrinks slabs: what the rays can meet lies in the windows that they cross inside them. Empty ones, whose
// windows mean nothing, stay empty.
PERILUNE_INLINE void Shrink(const LevelView& level, const RayBounds& bounds, int count, int rounds,
                            Slabs& slabs) {
  Windows windows;
  Slabs finer;
  Fill(0, finer.low_m);
  Fill(0, finer.high_m);
  for (int round = 0; round < rounds; ++round) {
    FillWindows(level, bounds, slabs, count, windows);
    FillHeights(level, windows, count, finer);
    for (int i = 0; i < count; i += kLanes) {
      Store(Max(Load<Doubles>(slabs.low_m + i), Load<Doubles>(finer.low_m + i)), slabs.low_m + i);
      Store(Min(Load<Doubles>(slabs.high_m + i), Load<Doubles>(finer.high_m + i)), slabs.high_m + i);
    }
  }
}

// Lowers the tops of slabs where the rays' way through the upper half is free: what lies high but far along
// rays that graze does not matter to where they come down.
PERILUNE_INLINE void Lower(const LevelView& level, const RayBounds& bounds, int count, Slabs& slabs) {
  Windows windows;
  Slabs upper = slabs;
  for (int i = 0; i < count; i += kLanes) {
    const SpanOf<Doubles> slab = SpanAt(slabs.low_m, slabs.high_m, i);
    Store(AllDoubles(0.5) * (slab.low + slab.high), upper.low_m + i);
  }
  FillWindows(level, bounds, upper, count, windows);
  Slabs found;
  Fill(0, found.low_m);
  Fill(0, found.high_m);
  FillHeights(level, windows, count, found);
  for (int i = 0; i < count; i += kLanes) {
    const Doubles top = Max(Load<Doubles>(upper.low_m + i), Load<Doubles>(found.high_m + i));
    Store(Min(Load<Doubles>(slabs.high_m + i), top), slabs.high_m + i);
  }
}

}  // namespace
}  // namespace perilune::dem
