// The ray kernel, compiled once for each instruction set: see ray_kernel.h. Single precision finds the cell
// in coordinates relative to the packet's own corner; double precision finds the hit in it.
#pragma once

#include "dem/terrain/lanes.h"
#include "dem/terrain/ray_kernel.h"
#include "dem/terrain/ray_region.h"

namespace perilune::dem {
namespace {

static_assert(kLanes == kPacketRays);

constexpr double kHuge = 1e300;
constexpr int kBlockCells = 4, kBlockShift = 2;
// A packet's corner lies on a multiple of this many cells, so that blocks of all mips in use are aligned.
constexpr int kTopWalkMip = 5;
constexpr int kCornerCells = kBlockCells << kTopWalkMip;
// Steps from cell to cell before the walk looks at blocks again.
constexpr int kCellSteps = 4;
// The slab reaches this much beyond the heights in it, m: above against rounding, below so that only rays
// which passed through missing data, or a step, leave through its floor.
constexpr double kSlabAbove_m = 1e-3, kSlabBelow_m = 0.05;
// A root this far outside the stretch that single precision gave to the cell still counts, m along the ray.
constexpr double kRootSlack_m = 5e-4;

// A packet of rays in a level's grid: u columns, v rows, z metres, linear in the range t (m).
struct GridRays {
  Doubles u0, v0, z0, du, dv, dz, per_dz;
  Doubles t_begin, t_end;
};

struct Slab {
  double low_m, high_m;
  bool empty;
};

struct Stretches {
  Doubles begin, end;
};

PERILUNE_INLINE Doubles LoadRays(const double* values, int step, int first) {
  return step == 0 ? AllDoubles(values[0]) : Load<Doubles>(values + first);
}

PERILUNE_INLINE GridRays InGrid(const LevelView& level, const RaysView& rays, const ChunkRays& chunk,
                                int first, const double* t_begin, const double* t_end) {
  const Doubles per = AllDoubles(level.per_m);
  GridRays r;
  r.u0 = (LoadRays(rays.origin_m[0], rays.origin_step, first) - AllDoubles(level.x0_m)) * per;
  r.v0 = (AllDoubles(level.y0_m) - LoadRays(rays.origin_m[1], rays.origin_step, first)) * per;
  r.z0 = LoadRays(rays.origin_m[2], rays.origin_step, first);
  r.du = LoadRays(rays.direction[0], rays.direction_step, first) * per;
  r.dv = LoadRays(rays.direction[1], rays.direction_step, first) * -per;
  r.dz = LoadRays(rays.direction[2], rays.direction_step, first);
  r.per_dz = Load<Doubles>(chunk.per_dz + first);
  r.t_begin = Load<Doubles>(t_begin + first);
  r.t_end = Load<Doubles>(t_end + first);
  return r;
}

// What of the rays lies in the slab; rising rays that start below its floor keep their start.
PERILUNE_INLINE Stretches InSlab(const GridRays& r, const Slab& slab) {
  const Doubles at_high = (AllDoubles(slab.high_m) - r.z0) * r.per_dz;
  const Doubles at_low = (AllDoubles(slab.low_m) - r.z0) * r.per_dz;
  const auto falls = r.per_dz < AllDoubles(0);
  return {Select(falls, Max(at_high, r.t_begin), r.t_begin), Min(Select(falls, at_low, at_high), r.t_end)};
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

// Rays that start below all ground of their surroundings: under the surface, or under missing data.
PERILUNE_INLINE Ints StartBelow(const GridRays& r, const Slab& slab) {
  return Narrow((r.z0 + r.t_begin * r.dz < AllDoubles(slab.low_m)) & (r.t_begin <= r.t_end));
}

template <bool kWantRange>
PERILUNE_INLINE void TracePacket(const LevelView& level, const GridRays& r, const RayBounds& bounds,
                                 const Slab& chunk_slab, std::uint8_t* state, double* t_hit) {
  // Rays to the Sun rarely gain by the second: measured.
  constexpr int kRounds = 1, kLowerings = kWantRange ? 2 : 0;
  const Slab slab = Lower(level, bounds, Shrink(level, bounds, chunk_slab, kRounds), kLowerings);
  const Ints given = Narrow(r.t_begin <= r.t_end);
  Ints hit = AllInts(0), doubtful = hit;
  Doubles range = AllDoubles(0);
  if (!slab.empty) {
    const Stretches stretch = InSlab(r, slab);
    const Window window = WindowOf(level, bounds, slab);
    const int corner_col = window.col0 & -kCornerCells, corner_row = window.row0 & -kCornerCells;
    Walk w = StartWalk(level, r, stretch, slab, corner_col, corner_row);
    w.doubtful = StartBelow(r, slab);
    w.active = w.active & ~w.doubtful;
    const Ints walked = w.active;
    while (true) {
      for (int i = 0; i < kCellSteps && Any(w.active); ++i) StepCells(w);
      if (!Any(w.active)) break;
      WalkBlocks(w, level, corner_col, corner_row);
    }
    // Whoever falls through the floor of the slab has come through missing data or a step.
    const Ints through_floor = Narrow((r.per_dz < AllDoubles(0)) & (stretch.end < r.t_end));
    w.doubtful = w.doubtful | (walked & ~w.hit & through_floor);
    if (kWantRange) range = Polish(w, r, stretch, corner_col, corner_row);
    hit = w.hit;
    doubtful = w.doubtful;
  }
  alignas(64) std::int32_t states[kLanes], takes[kLanes];
  alignas(64) double ranges[kLanes];
  Store(Select(doubtful, AllInts(kRayDoubtful), hit & AllInts(kRayHits)), states);
  Store(given, takes);
  if (kWantRange) Store(range, ranges);
  for (int i = 0; i < kLanes; ++i) {
    if (!takes[i]) continue;
    state[i] = static_cast<std::uint8_t>(states[i]);
    if (kWantRange && states[i] == kRayHits) t_hit[i] = ranges[i];
  }
}

template <bool kWantRange>
void Trace(const LevelView& level, const RaysView& rays, const ChunkRays& chunk, int count,
           const double* t_begin, const double* t_end, std::uint8_t* state, double* t_hit) {
  constexpr int kRounds = 3;
  const Slab slab = Shrink(level, chunk.all,
                           {level.lowest_m - kSlabBelow_m, level.highest_m + kSlabAbove_m, false}, kRounds);
  for (int first = 0; first < count; first += kLanes) {
    TracePacket<kWantRange>(level, InGrid(level, rays, chunk, first, t_begin, t_end),
                            chunk.packets[first / kLanes], slab, state + first,
                            kWantRange ? t_hit + first : nullptr);
  }
}

void FirstHits(const LevelView& level, const RaysView& rays, const ChunkRays& chunk, int count,
               const double* t_begin, const double* t_end, std::uint8_t* state, double* t_hit) {
  Trace<true>(level, rays, chunk, count, t_begin, t_end, state, t_hit);
}

void Occluded(const LevelView& level, const RaysView& rays, const ChunkRays& chunk, int count,
              const double* t_begin, const double* t_end, std::uint8_t* state) {
  Trace<false>(level, rays, chunk, count, t_begin, t_end, state, nullptr);
}

PERILUNE_INLINE Span Extremes(const double* values, int step, int first) {
  if (step == 0) return {values[0], values[0]};
  const Doubles d = Load<Doubles>(values + first);
  return {Lowest(d), -Lowest(-d)};
}

PERILUNE_INLINE RayBounds BoundsOfPacket(const RaysView& rays, int first, double* per_dz) {
  RayBounds b;
  for (int axis = 0; axis < 3; ++axis) {
    const Span span = Extremes(rays.origin_m[axis], rays.origin_step, first);
    b.origin_low_m[axis] = span.low;
    b.origin_high_m[axis] = span.high;
  }
  Doubles dz = LoadRays(rays.direction[2], rays.direction_step, first);
  // A level ray counts as one that falls by nothing.
  dz = Select(dz == AllDoubles(0), AllDoubles(-1 / kHuge), dz);
  const Doubles per = AllDoubles(1) / dz;
  Store(per, per_dz);
  const Ints falls = Narrow(dz < AllDoubles(0));
  b.all_fall = !Any(~falls);
  b.all_rise = !Any(falls);
  for (int axis = 0; axis < 2; ++axis) {
    const Doubles slope = LoadRays(rays.direction[axis], rays.direction_step, first) * per;
    b.slope_low[axis] = Lowest(slope);
    b.slope_high[axis] = -Lowest(-slope);
  }
  return b;
}

void Bounds(const RaysView& rays, int count, ChunkRays* chunk) {
  for (int first = 0; first < count; first += kLanes) {
    const RayBounds b = BoundsOfPacket(rays, first, chunk->per_dz + first);
    chunk->packets[first / kLanes] = b;
    RayBounds& all = chunk->all;
    if (first == 0) all = b;
    for (int axis = 0; axis < 3; ++axis) {
      all.origin_low_m[axis] = Lesser(all.origin_low_m[axis], b.origin_low_m[axis]);
      all.origin_high_m[axis] = Greater(all.origin_high_m[axis], b.origin_high_m[axis]);
    }
    for (int axis = 0; axis < 2; ++axis) {
      all.slope_low[axis] = Lesser(all.slope_low[axis], b.slope_low[axis]);
      all.slope_high[axis] = Greater(all.slope_high[axis], b.slope_high[axis]);
    }
    all.all_fall = all.all_fall && b.all_fall;
    all.all_rise = all.all_rise && b.all_rise;
  }
}

// Gradients by central differences at the four corners of the cell, interpolated bilinearly.
void Gradients(const LevelView& level, int count, const double* x_m, const double* y_m, double* dz_dx,
               double* dz_dy) {
  const Doubles half_per = AllDoubles(0.5 * level.per_m), one = AllDoubles(1), per = AllDoubles(level.per_m);
  const Doubles nan = AllDoubles(__builtin_nan(""));
  for (int first = 0; first < count; first += kLanes) {
    const Doubles u = (Load<Doubles>(x_m + first) - AllDoubles(level.x0_m)) * per;
    const Doubles v = (AllDoubles(level.y0_m) - Load<Doubles>(y_m + first)) * per;
    const auto inside =
        (u >= one) & (v >= one) & (u < AllDoubles(level.width - 2)) & (v < AllDoubles(level.height - 2));
    const Ints col = ToInts(Select(inside, u, one)), row = ToInts(Select(inside, v, one));
    const Doubles p = u - ToDoubles(col), q = v - ToDoubles(row);
    alignas(64) std::uint32_t at[kLanes];
    Store(row * AllInts(level.width) + col, at);
    // z[row][col] around the cell; only those that the four differences need.
    Floats z[4][4];
    const auto pairs = [&](int row_offset, int col_offset, Floats& left, Floats& right) {
      const float* from = level.z_m + static_cast<std::int64_t>(row_offset) * level.width + col_offset;
      for (int i = 0; i < kVectors; ++i) {
        const EvenOdd both = GatherPairs(from, at + i * kFloatsInVector);
        left.v[i] = both.even, right.v[i] = both.odd;
      }
    };
    pairs(-1, 0, z[0][1], z[0][2]);
    for (int r = 0; r < 2; ++r) {
      pairs(r, -1, z[1 + r][0], z[1 + r][1]);
      pairs(r, 1, z[1 + r][2], z[1 + r][3]);
    }
    pairs(2, 0, z[3][1], z[3][2]);
    const auto mix = [](const Doubles& f, const Doubles& from, const Doubles& to) {
      return from + f * (to - from);
    };
    const auto rise = [](const Floats& from, const Floats& to) { return ToDoubles(to) - ToDoubles(from); };
    const Doubles gx = mix(q, mix(p, rise(z[1][0], z[1][2]), rise(z[1][1], z[1][3])),
                           mix(p, rise(z[2][0], z[2][2]), rise(z[2][1], z[2][3])));
    const Doubles gy = mix(q, mix(p, rise(z[2][1], z[0][1]), rise(z[2][2], z[0][2])),
                           mix(p, rise(z[3][1], z[1][1]), rise(z[3][2], z[1][2])));
    Store(Select(inside, gx * half_per, nan), dz_dx + first);
    Store(Select(inside, gy * half_per, nan), dz_dy + first);
  }
}

PERILUNE_INLINE Stretches ClipAxis(const Stretches& s, const Doubles& origin, const Doubles& direction,
                                   double low, double high) {
  const Doubles huge = AllDoubles(kHuge), per = AllDoubles(1) / direction;
  const Doubles t1 = (AllDoubles(low) - origin) * per, t2 = (AllDoubles(high) - origin) * per;
  const auto stands = direction == AllDoubles(0);
  const auto inside = (origin >= AllDoubles(low)) & (origin <= AllDoubles(high));
  const Doubles enters = Select(stands, Select(inside, -huge, huge), Min(t1, t2));
  const Doubles leaves = Select(stands, Select(inside, huge, -huge), Max(t1, t2));
  return {Max(s.begin, enters), Min(s.end, leaves)};
}

bool Clip(const LevelView& level, const RaysView& rays, int count, const double* t_begin, const double* t_end,
          double* clipped_begin, double* clipped_end) {
  Ints any = AllInts(0);
  for (int first = 0; first < count; first += kLanes) {
    Stretches s{Load<Doubles>(t_begin + first), Load<Doubles>(t_end + first)};
    s = ClipAxis(s, LoadRays(rays.origin_m[0], rays.origin_step, first),
                 LoadRays(rays.direction[0], rays.direction_step, first), level.x0_m, level.max_x_m);
    s = ClipAxis(s, LoadRays(rays.origin_m[1], rays.origin_step, first),
                 LoadRays(rays.direction[1], rays.direction_step, first), level.min_y_m, level.y0_m);
    any = any | Narrow(s.begin <= s.end);
    Store(s.begin, clipped_begin + first);
    Store(s.end, clipped_end + first);
  }
  return Any(any);
}

}  // namespace
}  // namespace perilune::dem
