// The ray kernel, compiled once for each instruction set: see ray_kernel.h. Single precision finds the cell
// in coordinates relative to the packet's own corner; double precision finds the hit in it.
#pragma once

#include "dem/terrain/ray_walk.h"

namespace perilune::dem {
namespace {

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
