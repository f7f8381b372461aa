// The walk of a packet from cell to cell and over blocks of the maximum mipmap. Part of the ray kernel: see
// ray_kernel_body.h.
#pragma once

#include "dem/terrain/ray_slab.h"

namespace perilune::dem {
namespace {

// Corner heights of the cells at `index` (of the upper left corner), less `base`.
struct Corners {
  Floats z00, z10, z01, z11;
};

PERILUNE_INLINE Corners GatherCorners(const float* top, std::int32_t stride, const Ints& index) {
  alignas(64) std::uint32_t at[kLanes];
  Store(index, at);
  Corners c;
  for (int i = 0; i < kVectors; ++i) {
    const EvenOdd upper = GatherPairs(top, at + i * kFloatsInVector);
    const EvenOdd lower = GatherPairs(top + stride, at + i * kFloatsInVector);
    c.z00.v[i] = upper.even, c.z10.v[i] = upper.odd;
    c.z01.v[i] = lower.even, c.z11.v[i] = lower.odd;
  }
  return c;
}

// A packet on its way: coordinates relative to the corner, s = range beyond the start of the stretch.
struct Walk {
  Floats u0, v0, z0, du, dv, dz, per_du, per_dv, s_end;
  Floats far_u, far_v;  // 1 where the ray leaves a square by its far side, else 0
  Ints step_u, step_v;  // ±1
  Floats s;             // so far
  Ints col, row;        // cell, or block, of the point at s
  Ints active, hit, doubtful;
  Floats hit_length;  // of the stretch in the cell of the hit
  // The level from the corner on.
  const float* z_m;
  std::int32_t stride;
  int last_col, last_row;  // cells
  float base_m;
};

struct Exit {
  Floats s;
  Ints along_u, ends;
};

PERILUNE_INLINE Exit ExitOf(const Walk& w, const Ints& col, const Ints& row, float size) {
  const Floats su = ((ToFloats(col) + w.far_u) * AllFloats(size) - w.u0) * w.per_du;
  const Floats sv = ((ToFloats(row) + w.far_v) * AllFloats(size) - w.v0) * w.per_dv;
  const Floats first = Min(su, sv);
  return {Max(Min(first, w.s_end), w.s), su <= sv, first >= w.s_end};
}

// Moves the lanes of `mask` to the next square; those that leave the level or their stretch stop.
PERILUNE_INLINE void Advance(Walk& w, const Exit& exit, const Ints& mask, int last_col, int last_row) {
  const Ints along_u = exit.along_u & mask, along_v = ~exit.along_u & mask;
  w.s = Select(mask, exit.s, w.s);
  const Ints col = w.col + (w.step_u & along_u), row = w.row + (w.step_v & along_v);
  const Ints leaves =
      ShiftRight(col | row | (AllInts(last_col) - col) | (AllInts(last_row) - row), 31) | exit.ends;
  const Ints stops = leaves & mask;
  w.active = w.active & ~stops;
  w.col = Select(stops, w.col, col);
  w.row = Select(stops, w.row, row);
}

PERILUNE_INLINE void StepCells(Walk& w) {
  const Exit exit = ExitOf(w, w.col, w.row, 1);
  const Floats p = w.u0 + w.s * w.du - ToFloats(w.col), q = w.v0 + w.s * w.dv - ToFloats(w.row);
  const Corners z = GatherCorners(w.z_m, w.stride, w.row * AllInts(w.stride) + w.col);
  const Floats b = z.z10 - z.z00, c = z.z01 - z.z00, twist = (z.z11 - z.z01) - b;
  // Height above the patch along the stretch, as f0 + linear x + square x² for x in [0, 1].
  const Floats length = exit.s - w.s;
  const Floats f0 = w.z0 + w.s * w.dz - ((z.z00 - AllFloats(w.base_m)) + b * p + q * (c + twist * p));
  const Floats square = -(twist * (w.du * length) * (w.dv * length));
  const Floats linear = length * (w.dz - b * w.du - c * w.dv - twist * (p * w.dv + q * w.du));
  const Floats zero = AllFloats(0);
  const Ints below = (f0 < zero) & w.active;
  const Ints dips = (square > zero) & (linear < zero) & (-linear < square + square) &
                    (linear * linear >= AllFloats(4) * square * f0);
  const Ints hit = ((f0 + linear + square <= zero) | dips) & w.active & ~below;
  w.doubtful = w.doubtful | below;
  w.hit = w.hit | hit;
  w.hit_length = Select(hit, length, w.hit_length);
  w.active = w.active & ~(hit | below);
  Advance(w, exit, w.active, w.last_col, w.last_row);
}

struct Axis {
  const Floats &origin, &direction, &per_direction, &far;
  const Ints& step;
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
  return Min(Max(here + (axis.step & (exit <= s)), first), end);
}

// Over blocks of the maximum mipmap until some ray comes below the top of one of the finest blocks. Leaves
// with cells in col and row.
PERILUNE_INLINE void WalkBlocks(Walk& w, const LevelView& level, int corner_col, int corner_row) {
  const int top = level.mip_count - 1 < kTopWalkMip ? level.mip_count - 1 : kTopWalkMip;
  const Ints entered = w.active, entry_col = w.col, entry_row = w.row;
  int mip = 0;
  w.col = ShiftRight(w.col, kBlockShift);
  w.row = ShiftRight(w.row, kBlockShift);
  bool climbs = false;
  while (Any(w.active)) {
    const MipView& blocks = level.mips[mip];
    const int shift = kBlockShift + mip;
    const float* max_m =
        blocks.max_m + static_cast<std::int64_t>(corner_row >> shift) * blocks.width + (corner_col >> shift);
    const Exit exit = ExitOf(w, w.col, w.row, static_cast<float>(1 << shift));
    const Floats lowest = w.z0 + Min(w.s * w.dz, exit.s * w.dz);
    const Floats highest = Gather(max_m, w.row * AllInts(blocks.width) + w.col) - AllFloats(w.base_m);
    const Ints meets = (lowest <= highest) & w.active;
    Advance(w, exit, w.active & ~meets, (level.width - 2 - corner_col) >> shift,
            (level.height - 2 - corner_row) >> shift);
    if (Any(meets)) {
      const int finer = mip > 0 ? 1 : kBlockShift;
      w.col = Descend({w.u0, w.du, w.per_du, w.far_u, w.step_u}, w.s, w.col, shift - finer, finer,
                      level.width - 2 - corner_col);
      w.row = Descend({w.v0, w.dv, w.per_dv, w.far_v, w.step_v}, w.s, w.row, shift - finer, finer,
                      level.height - 2 - corner_row);
      if (mip == 0) break;
      --mip;
      climbs = false;
    } else if (mip < top) {
      if (climbs) {
        ++mip;
        w.col = ShiftRight(w.col, 1);
        w.row = ShiftRight(w.row, 1);
      }
      climbs = !climbs;
    }
  }
  // Rays that had hit keep their cell.
  w.col = Select(entered, w.col, entry_col);
  w.row = Select(entered, w.row, entry_row);
}

PERILUNE_INLINE Floats Reciprocal(const Floats& d) {
  constexpr float kLargest = 1e30F;
  const Floats safe = Select(d == AllFloats(0), AllFloats(1 / kLargest), d);
  return AllFloats(1) / safe;
}

PERILUNE_INLINE Walk StartWalk(const LevelView& level, const GridRays& r, const Stretches& s,
                               const Slab& slab, int corner_col, int corner_row) {
  const Floats zero = AllFloats(0), one = AllFloats(1);
  Walk w;
  w.u0 = ToFloats(r.u0 + s.begin * r.du - AllDoubles(corner_col));
  w.v0 = ToFloats(r.v0 + s.begin * r.dv - AllDoubles(corner_row));
  w.base_m = static_cast<float>(slab.low_m);
  w.z0 = ToFloats(r.z0 + s.begin * r.dz - AllDoubles(static_cast<double>(w.base_m)));
  w.du = ToFloats(r.du);
  w.dv = ToFloats(r.dv);
  w.dz = ToFloats(r.dz);
  w.per_du = Reciprocal(w.du);
  w.per_dv = Reciprocal(w.dv);
  // A ray that does not move along an axis never leaves by it.
  const Floats never = AllFloats(1e6F);
  w.far_u = Select(w.du == zero, never, Select(w.du > zero, one, zero));
  w.far_v = Select(w.dv == zero, never, Select(w.dv > zero, one, zero));
  w.step_u = Select(w.du > zero, AllInts(1), AllInts(-1));
  w.step_v = Select(w.dv > zero, AllInts(1), AllInts(-1));
  w.s_end = ToFloats(s.end - s.begin);
  w.s = zero;
  w.hit_length = zero;
  w.stride = level.width;
  w.z_m = level.z_m + static_cast<std::int64_t>(corner_row) * level.width + corner_col;
  w.last_col = level.width - 2 - corner_col;
  w.last_row = level.height - 2 - corner_row;
  w.active = Narrow(s.begin <= s.end);
  w.col = Min(Max(ToInts(w.u0), AllInts(0)), AllInts(w.last_col));
  w.row = Min(Max(ToInts(w.v0), AllInts(0)), AllInts(w.last_row));
  w.hit = w.doubtful = AllInts(0);
  return w;
}

// The hit in its cell, in double precision: the smallest root of a τ² + b τ + c as HeightPyramid has it.
// Hits whose root is not where single precision saw it become doubtful.
PERILUNE_INLINE Doubles Polish(Walk& w, const GridRays& r, const Stretches& stretch, int corner_col,
                               int corner_row) {
  const Corners z = GatherCorners(w.z_m, w.stride, w.row * AllInts(w.stride) + w.col);
  const Doubles z00 = ToDoubles(z.z00), b10 = ToDoubles(z.z10) - z00, c01 = ToDoubles(z.z01) - z00;
  const Doubles twist = (ToDoubles(z.z11) - ToDoubles(z.z01)) - b10;
  const Doubles t = stretch.begin + ToDoubles(w.s);
  const Doubles p = r.u0 + t * r.du - (ToDoubles(w.col) + AllDoubles(corner_col));
  const Doubles q = r.v0 + t * r.dv - (ToDoubles(w.row) + AllDoubles(corner_row));
  const Doubles zero = AllDoubles(0), huge = AllDoubles(kHuge);
  const Doubles c = r.z0 + t * r.dz - (z00 + b10 * p + c01 * q + twist * p * q);
  const Doubles a = -(twist * r.du * r.dv);
  const Doubles b = r.dz - b10 * r.du - c01 * r.dv - twist * (p * r.dv + q * r.du);
  const Doubles discriminant = b * b - AllDoubles(4) * a * c;
  const Doubles root = SquareRoot(Max(discriminant, zero));
  const Doubles half = AllDoubles(-0.5) * (b + Select(b < zero, -root, root));
  const Doubles first = half / a, second = c / half;
  const Doubles tau = Min(Select(first >= zero, first, huge), Select(second >= zero, second, huge));
  const Doubles limit = ToDoubles(w.hit_length) + AllDoubles(kRootSlack_m);
  const Ints good = Narrow((tau <= limit) & (c >= zero) & (discriminant >= zero));
  w.doubtful = w.doubtful | (w.hit & ~good);
  w.hit = w.hit & good;
  return t + tau;
}

}  // namespace
}  // namespace perilune::dem
