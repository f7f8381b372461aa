// The walk of a packet from cell to cell and over blocks of the maximum mipmap. Part of the ray kernel: see
// ray_kernel_body.h.
#pragma once

#include "dem/terrain/ray_slab.h"

namespace perilune::dem {
namespace {

// A packet's corner lies on a multiple of this many cells, so that blocks of all mips in use are aligned.
constexpr int kTopWalkMip = 5;
constexpr int kCornerCells = kBlockCells << kTopWalkMip;
// Steps from cell to cell before the walk looks at blocks again.
constexpr int kCellSteps = 6;

// A level from a packet's corner on.
struct Ground {
  const float* z_m;
  std::int32_t stride;
  float base_m;            // heights are relative to it
  int last_col, last_row;  // cells
  bool at_border;          // rays may leave the level
  int corner_col, corner_row;
  bool wide;  // rays may fly over many cells before they meet ground
};

// Some rays of a packet on their way: coordinates relative to the corner, s = range beyond the start of the
// stretch.
struct Walk {
  Floats u0, v0, z0, du, dv, dz, per_du, per_dv, s_end;
  Floats bend;              // −du dv
  Floats far_u, far_v;      // 1 where the ray leaves a square by its far side, else 0
  Floats edge_u, edge_v;    // that side of the present cell, from u0 and v0 on
  Floats sign_u, sign_v;    // ±1
  Ints step_col, step_row;  // of the index: ±1 and ±stride
  Ints index;               // of the upper left corner of the cell of the point at s
  Floats s;                 // so far
  Floats above_m;           // over the surface: at s; of rays that hit, where they leave the cell
  Ints active, hit, doubtful;
};

// Height over the base z00 + b p + c q + twist p q of a cell.
struct Patch {
  Floats z00, b, c, twist;
};

struct Corners {
  Floats z00, z10, z01, z11;
};

PERILUNE_INLINE Corners GatherCorners(const Ground& ground, const Ints& index) {
  alignas(64) std::uint32_t at[kLanes];
  Store(index, at);
  Corners c;
  for (int i = 0; i < kVectors; ++i) {
    const EvenOdd upper = GatherPairs(ground.z_m, at + i * kFloatsInVector);
    const EvenOdd lower = GatherPairs(ground.z_m + ground.stride, at + i * kFloatsInVector);
    c.z00.v[i] = upper.even, c.z10.v[i] = upper.odd;
    c.z01.v[i] = lower.even, c.z11.v[i] = lower.odd;
  }
  return c;
}

PERILUNE_INLINE Patch PatchOf(const Ground& ground, const Corners& z) {
  const Floats b = z.z10 - z.z00;
  return {z.z00 - AllFloats(ground.base_m), b, z.z01 - z.z00, (z.z11 - z.z01) - b};
}

// Height of the rays over the patch of their cells at s.
PERILUNE_INLINE Floats Above(const Walk& w, const Patch& patch, const Floats& s) {
  const Floats p = w.far_u - (w.edge_u - s * w.du), q = w.far_v - (w.edge_v - s * w.dv);
  return (w.z0 + s * w.dz) - (patch.z00 + patch.b * p + q * (patch.c + patch.twist * p));
}

struct Exit {
  Floats s;
  Ints along_u, goes_on;
};

PERILUNE_INLINE Exit ExitAt(const Walk& w, const Floats& edge_u, const Floats& edge_v) {
  const Floats su = edge_u * w.per_du, sv = edge_v * w.per_dv;
  const Floats first = Min(su, sv);
  return {Max(Min(first, w.s_end), w.s), su <= sv, first < w.s_end};
}

// The cell that a ray is in, from the edge that it will leave by; −1 one step before the first.
PERILUNE_INLINE Ints CellOf(const Floats& edge, const Floats& far, const Floats& start) {
  // Rays that do not walk may have any coordinates.
  const Floats cell = Max(Min(edge - far + start, AllFloats(1e9F)), AllFloats(-1));
  return ToInts(cell + AllFloats(1.5F)) - AllInts(1);
}

// The block of the present cell; one of the level's for rays that do not walk too, since it is read.
PERILUNE_INLINE Ints BlockOf(const Floats& edge, const Floats& far, const Floats& start, int last_cell) {
  return ShiftRight(Min(Max(CellOf(edge, far, start), AllInts(0)), AllInts(last_cell)), kBlockShift);
}

// Ints that are negative where a square is none of the level's.
PERILUNE_INLINE Ints Outside(const Ints& col, const Ints& row, int last_col, int last_row) {
  return col | row | (AllInts(last_col) - col) | (AllInts(last_row) - row);
}

// Tests the present cell and goes on to the next one. `kFirst`: above_m is not known yet.
template <bool kFirst>
PERILUNE_INLINE void StepCell(Walk& w, const Ground& ground) {
  const Floats zero = AllFloats(0);
  const Exit exit = ExitAt(w, w.edge_u, w.edge_v);
  const Patch patch = PatchOf(ground, GatherCorners(ground, w.index));
  if (kFirst) {
    w.above_m = Select(w.active, Above(w, patch, w.s), w.above_m);
    const Ints below = (w.above_m < zero) & w.active;
    w.doubtful = w.doubtful | below;
    w.active = w.active & ~below;
  }
  // Height above the patch along the stretch, as above_m + linear x + square x² for x in [0, 1].
  const Floats above_m = Above(w, patch, exit.s);
  const Floats length = exit.s - w.s;
  const Floats square = patch.twist * (w.bend * (length * length));
  const Floats linear = above_m - w.above_m - square;
  const Ints dips = (linear < zero) & (linear + square + square > zero) &
                    (linear * linear >= AllFloats(4) * square * w.above_m);
  // Missing data, which compare as nothing, stop a ray as well.
  const Ints hit = (~(above_m > zero) | dips) & w.active;
  w.above_m = Select(w.active, above_m, w.above_m);
  w.hit = w.hit | hit;
  w.active = w.active & ~hit;
  w.s = Select(w.active, exit.s, w.s);
  // Rays that end in their cell stay there: the next one may lie before the corner, where no index reaches.
  w.active = w.active & exit.goes_on;
  const Ints along_u = exit.along_u & w.active, along_v = ~exit.along_u & w.active;
  w.edge_u = Select(along_u, w.edge_u + w.sign_u, w.edge_u);
  w.edge_v = Select(along_v, w.edge_v + w.sign_v, w.edge_v);
  const Ints from = w.index;
  w.index = from + (w.step_col & along_u) + (w.step_row & along_v);
  if (ground.at_border) {
    const Ints outside = ShiftRight(Outside(CellOf(w.edge_u, w.far_u, w.u0), CellOf(w.edge_v, w.far_v, w.v0),
                                            ground.last_col, ground.last_row),
                                    31);
    w.active = w.active & ~outside;
    w.index = Select(outside, from, w.index);
  }
}

PERILUNE_INLINE bool AnyActive(const Walk* walks) {
  Ints active = walks[0].active;
  for (int g = 1; g < kGroups; ++g) active = active | walks[g].active;
  return Any(active);
}

PERILUNE_INLINE void WalkCells(Walk* walks, const Ground& ground) {
  for (int g = 0; g < kGroups; ++g) StepCell<true>(walks[g], ground);
  for (int i = 1; i < kCellSteps && AnyActive(walks); ++i) {
    for (int g = 0; g < kGroups; ++g) {
      if (Any(walks[g].active)) StepCell<false>(walks[g], ground);
    }
  }
}

struct Axis {
  const Floats &origin, &direction, &per_direction, &far, &sign;
};

// Index of the square with 2^shift cells a side that holds the point at s, kept inside its parent of
// 2^(shift + finer) cells a side. Rounding must not lead back into a square that the ray has left: the walk
// would not end.
PERILUNE_INLINE Ints Descend(const Axis& axis, const Floats& s, const Ints& parent, int shift, int finer,
                             int last_cell) {
  const float size = static_cast<float>(1 << shift);
  const Ints first = ShiftLeft(parent, finer);
  const Ints end = Min(first + AllInts((1 << finer) - 1), AllInts(last_cell >> shift));
  const Ints here = Min(Max(ToInts((axis.origin + s * axis.direction) * AllFloats(1 / size)), first), end);
  const Floats exit = ((ToFloats(here) + axis.far) * AllFloats(size) - axis.origin) * axis.per_direction;
  return Min(Max(here + (ToInts(axis.sign) & (exit <= s)), first), end);
}

struct Blocks {
  Ints col, row;
};

// Passes blocks whose top lies under the rays of `mask`. Returns those that do not pass theirs.
PERILUNE_INLINE Ints PassBlocks(Walk& w, Blocks& at, const Ints& mask, const Ground& ground,
                                const MipView& blocks, int shift) {
  const float* max_m = blocks.max_m + static_cast<std::int64_t>(ground.corner_row >> shift) * blocks.width +
                       (ground.corner_col >> shift);
  const Floats size = AllFloats(static_cast<float>(1 << shift));
  const Exit exit =
      ExitAt(w, (ToFloats(at.col) + w.far_u) * size - w.u0, (ToFloats(at.row) + w.far_v) * size - w.v0);
  const Floats lowest = w.z0 + Min(w.s * w.dz, exit.s * w.dz);
  const Floats highest = Gather(max_m, at.row * AllInts(blocks.width) + at.col) - AllFloats(ground.base_m);
  const Ints meets = (lowest <= highest) & mask;
  const Ints passes = mask & ~meets;
  const Ints col = at.col + (ToInts(w.sign_u) & exit.along_u & passes);
  const Ints row = at.row + (ToInts(w.sign_v) & ~exit.along_u & passes);
  const Ints outside = ShiftRight(Outside(col, row, ground.last_col >> shift, ground.last_row >> shift), 31);
  const Ints stops = passes & (outside | ~exit.goes_on);
  w.s = Select(passes, exit.s, w.s);
  w.active = w.active & ~stops;
  at.col = Select(stops, at.col, col);
  at.row = Select(stops, at.row, row);
  return meets;
}

// Over blocks of the maximum mipmap until every ray is in one of the finest blocks whose top it comes below,
// or, once some ray is, for a few blocks more.
PERILUNE_INLINE void WalkBlocks(Walk* walks, const Ground& ground, const LevelView& level) {
  constexpr int kMoreBlocks = 4;
  const int top = level.mip_count - 1 < kTopWalkMip ? level.mip_count - 1 : kTopWalkMip;
  Ints entered[kGroups], flies[kGroups];
  Blocks at[kGroups];
  for (int g = 0; g < kGroups; ++g) {
    const Walk& w = walks[g];
    entered[g] = flies[g] = w.active;
    at[g] = {BlockOf(w.edge_u, w.far_u, w.u0, ground.last_col),
             BlockOf(w.edge_v, w.far_v, w.v0, ground.last_row)};
  }
  const auto descend = [&](int shift, int finer) {
    for (int g = 0; g < kGroups; ++g) {
      const Walk& w = walks[g];
      at[g].col = Descend({w.u0, w.du, w.per_du, w.far_u, w.sign_u}, w.s, at[g].col, shift - finer, finer,
                          ground.last_col);
      at[g].row = Descend({w.v0, w.dv, w.per_dv, w.far_v, w.sign_v}, w.s, at[g].row, shift - finer, finer,
                          ground.last_row);
    }
  };
  int mip = 0, more = 0;
  bool climbs = false;
  while (more < kMoreBlocks) {
    const int shift = kBlockShift + mip;
    Ints meet = AllInts(0), fly = meet;
    for (int g = 0; g < kGroups; ++g) {
      if (!Any(flies[g])) continue;
      const Ints meets = PassBlocks(walks[g], at[g], flies[g], ground, level.mips[mip], shift);
      flies[g] = flies[g] & walks[g].active;
      if (mip == 0) flies[g] = flies[g] & ~meets;
      meet = meet | meets, fly = fly | flies[g];
    }
    const bool met = Any(meet);
    if (mip == 0 && (met || more > 0)) ++more;
    if (!Any(fly)) break;
    if (met && mip > 0) {
      descend(shift, 1);
      --mip;
      climbs = false;
    } else if (mip < top && more == 0) {
      if (climbs) {
        ++mip;
        for (Blocks& blocks : at) blocks = {ShiftRight(blocks.col, 1), ShiftRight(blocks.row, 1)};
      }
      climbs = !climbs;
    }
  }
  if (AnyActive(walks)) descend(kBlockShift, kBlockShift);
  // Rays that had hit keep their cell.
  for (int g = 0; g < kGroups; ++g) {
    Walk& w = walks[g];
    w.edge_u = Select(entered[g], ToFloats(at[g].col) + w.far_u - w.u0, w.edge_u);
    w.edge_v = Select(entered[g], ToFloats(at[g].row) + w.far_v - w.v0, w.edge_v);
    w.index = Select(entered[g], at[g].row * AllInts(ground.stride) + at[g].col, w.index);
  }
}

}  // namespace
}  // namespace perilune::dem
