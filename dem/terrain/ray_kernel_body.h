// The ray kernel, compiled once for each instruction set: see ray_kernel.h. Single precision finds the cell
// in coordinates relative to the packet's own corner; double precision finds the hit in it.
#pragma once

#include "dem/terrain/ray_ends.h"

namespace perilune::dem {
namespace {

// The heights that a packet may read are on their way from memory while slabs of other packets are made.
PERILUNE_INLINE void Prefetch(const LevelView& level, const Window& w) {
  constexpr int kInLine = 16, kMostRows = 32, kMostLines = 4;
  const int rows = w.row1 - w.row0 < kMostRows ? w.row1 - w.row0 + 2 : kMostRows;
  const int lines = (w.col1 + 1 - (w.col0 & -kInLine)) / kInLine + 1;
  const float* row = level.z_m + static_cast<std::int64_t>(w.row0) * level.width + w.col0;
  for (int i = 0; i < rows; ++i, row += level.width) {
    for (int j = 0; j < (lines < kMostLines ? lines : kMostLines); ++j) __builtin_prefetch(row + j * kInLine);
  }
}

PERILUNE_INLINE Ground GroundUnder(const LevelView& level, const Window& w, double base_m) {
  // Cells from the border at which rounding cannot lead out of the level yet.
  constexpr int kSafe = 2;
  constexpr int kWide = 32;  // cells
  Ground ground;
  // A cell of room for rounding: indices count from the corner and are never negative.
  ground.corner_col = (w.col0 > 0 ? w.col0 - 1 : 0) & -kCornerCells;
  ground.corner_row = (w.row0 > 0 ? w.row0 - 1 : 0) & -kCornerCells;
  ground.z_m = level.z_m + static_cast<std::int64_t>(ground.corner_row) * level.width + ground.corner_col;
  ground.stride = level.width;
  ground.base_m = static_cast<float>(base_m);
  ground.last_col = level.width - 2 - ground.corner_col;
  ground.last_row = level.height - 2 - ground.corner_row;
  ground.at_border = w.col0 < kSafe || w.row0 < kSafe || w.col1 > level.width - 2 - kSafe ||
                     w.row1 > level.height - 2 - kSafe;
  ground.wide = w.col1 - w.col0 + w.row1 - w.row0 > kWide;
  return ground;
}

PERILUNE_INLINE void StoreStates(const Packet& packet, const HitsView& hits, int first) {
  alignas(64) std::int32_t found[kPacketRays], takes[kPacketRays];
  for (int g = 0; g < kGroups; ++g) {
    const Walk& w = packet.walk[g];
    Store(Select(w.doubtful, AllInts(kRayDoubtful), w.hit & AllInts(kRayHits)), found + g * kLanes);
    Store(packet.given[g], takes + g * kLanes);
  }
  std::uint8_t* states = hits.state + first;
  for (int i = 0; i < kPacketRays; ++i) {
    states[i] = static_cast<std::uint8_t>((found[i] & takes[i]) | (states[i] & ~takes[i]));
  }
  if (hits.level == nullptr) return;
  std::int8_t* levels = hits.level + first;
  for (int i = 0; i < kPacketRays; ++i) {
    levels[i] = (found[i] & takes[i]) == kRayHits ? hits.level_index : levels[i];
  }
}

template <bool kWantRange>
PERILUNE_INLINE void TracePacket(const LevelView& level, const RaysView& rays, const ChunkRays& chunk,
                                 int slot, const StretchesView& stretches, const Slab& slab,
                                 const Ground& ground, const HitsView& hits) {
  Packet packet;
  const int first = slot * kPacketRays;
  if (ComeDownTogether(rays, stretches, chunk, slot, slab)) {
    const EyeStart start = EyeStartOf(level, rays, chunk, slot, slab, ground);
    for (int g = 0; g < kGroups; ++g) StartFromEye(packet, g, start, chunk, first + g * kLanes, ground);
  } else if (RiseTogether(rays, stretches, chunk, slot)) {
    const ParallelStart start = ParallelStartOf(level, rays, stretches, slab, ground);
    for (int g = 0; g < kGroups; ++g) StartParallel(packet, g, start, rays, first + g * kLanes, ground);
  } else {
    for (int g = 0; g < kGroups; ++g) {
      const int at = first + g * kLanes;
      Start(packet, g, InGrid(level, rays, at), LoadRays(stretches.begin_m, stretches.step, at),
            LoadRays(stretches.end_m, stretches.step, at), slab, ground);
    }
  }
  if (kWantRange && ground.wide) WalkBlocks(packet.walk, ground, level);
  while (AnyActive(packet.walk)) {
    WalkCells(packet.walk, ground);
    if (!AnyActive(packet.walk)) break;
    WalkBlocks(packet.walk, ground, level);
  }
  Guess guesses[kGroups];
  for (int g = 0; g < kGroups && kWantRange; ++g) FillGuess(packet.walk[g], ground, guesses[g]);
  Ints unusual = AllInts(0);  // rays that do not simply hit
  for (int g = 0; g < kGroups; ++g) {
    const int at = first + g * kLanes;
    Walk& w = packet.walk[g];
    // Whoever falls through the floor of the slab has come through missing data or a step.
    const Ints in_missing = w.hit & ~(w.above_m == w.above_m);
    w.doubtful = w.doubtful | (packet.through_floor[g] & ~w.hit) | in_missing;
    w.hit = w.hit & ~in_missing;
    if (kWantRange) {
      Doubles range = RangeOf(w, guesses[g], packet.begin_m[g], InGrid(level, rays, at), ground);
      if (Any(~w.hit)) range = Select(Widen(w.hit), range, Load<Doubles>(hits.range_m + at));
      Store(range, hits.range_m + at);
    }
    unusual = unusual | ~w.hit;
  }
  if (!Any(unusual)) {
    __builtin_memset(hits.state + first, kRayHits, kPacketRays);
    if (kWantRange) __builtin_memset(hits.level + first, hits.level_index, kPacketRays);
    return;
  }
  StoreStates(packet, hits, first);
}

template <bool kWantRange>
void Trace(const LevelView& level, const RaysView& rays, const ChunkRays& chunk, int count,
           const StretchesView& stretches, const HitsView& hits) {
  constexpr int kChunkRounds = 3, kPacketRounds = 1;
  const int packets = count / kPacketRays;
  Slabs slabs;
  Fill(level.lowest_m - kSlabBelow_m, slabs.low_m);
  Fill(level.highest_m + kSlabAbove_m, slabs.high_m);
  Shrink(level, chunk.all, 1, kChunkRounds, slabs);
  Fill(slabs.low_m[0], slabs.low_m);
  Fill(slabs.high_m[0], slabs.high_m);
  Shrink(level, chunk.packets, packets, kPacketRounds, slabs);
  // Rays to the Sun rarely gain by lowering: measured.
  if (kWantRange) Lower(level, chunk.packets, packets, slabs);
  Windows windows;
  FillWindows(level, chunk.packets, slabs, packets, windows);
  Ground grounds[kChunkRays / kPacketRays];
  for (int i = 0; i < packets; ++i) {
    if (slabs.low_m[i] > kHuge) continue;
    const Window window{windows.col0[i], windows.row0[i], windows.col1[i], windows.row1[i]};
    grounds[i] = GroundUnder(level, window, slabs.low_m[i]);
    Prefetch(level, window);
  }
  for (int i = 0; i < packets; ++i) {
    if (!(slabs.low_m[i] > kHuge)) {
      TracePacket<kWantRange>(level, rays, chunk, i, stretches, {slabs.low_m[i], slabs.high_m[i]}, grounds[i],
                              hits);
      continue;
    }
    for (int j = i * kPacketRays; j < (i + 1) * kPacketRays; ++j) {
      const int at = j * stretches.step;
      if (stretches.begin_m[at] <= stretches.end_m[at]) hits.state[j] = kRayPasses;
    }
  }
}

void FirstHits(const LevelView& level, const RaysView& rays, const ChunkRays& chunk, int count,
               const StretchesView& stretches, const HitsView& hits) {
  Trace<true>(level, rays, chunk, count, stretches, hits);
}

void Occluded(const LevelView& level, const RaysView& rays, const ChunkRays& chunk, int count,
              const StretchesView& stretches, std::uint8_t* state) {
  Trace<false>(level, rays, chunk, count, stretches, {state, nullptr, nullptr, 0});
}

PERILUNE_INLINE Span OriginsOf(const double* values, int step, int first) {
  if (step == 0) return {values[0], values[0]};
  Doubles low = Load<Doubles>(values + first), high = low;
  for (int g = 1; g < kGroups; ++g) {
    const Doubles more = Load<Doubles>(values + first + g * kLanes);
    low = Min(low, more), high = Max(high, more);
  }
  return {Lowest(low), -Lowest(-high)};
}

// The slopes of parallel rays.
PERILUNE_INLINE void BoundParallel(const RaysView& rays, int slot, RayBounds& b) {
  const double dz = rays.direction[2][0];
  const double per = 1 / (dz == 0 ? -1 / kHuge : dz);
  b.all_fall[slot] = per < 0 ? 1 : 0;
  b.all_rise[slot] = 1 - b.all_fall[slot];
  for (int axis = 0; axis < 2; ++axis) {
    b.slope_low[axis][slot] = b.slope_high[axis][slot] = rays.direction[axis][0] * per;
  }
}

// The slopes of rays that leave one eye, and how they lie beside their packet's middle one.
PERILUNE_INLINE void BoundFromEye(const RaysView& rays, int slot, ChunkRays& chunk) {
  constexpr float kLevelDz = 1e-30F;
  constexpr double kRounded = 1e-6;  // more than single precision makes of slopes, as a share of 1 / dz
  const int first = slot * kPacketRays;
  RayBounds& b = chunk.packets;
  Floats low[3], high[3];
  float middle[3];
  for (int axis = 0; axis < 3; ++axis) {
    const double of_middle = rays.direction[axis][first + kPacketRays / 2];
    chunk.middle[axis][slot] = of_middle;
    middle[axis] = static_cast<float>(of_middle);
  }
  for (int g = 0; g < kGroups; ++g) {
    const int at = first + g * kLanes;
    Floats direction[3];
    for (int axis = 0; axis < 3; ++axis) {
      const Floats aside =
          ToFloats(Load<Doubles>(rays.direction[axis] + at) - AllDoubles(chunk.middle[axis][slot]));
      Store(aside, chunk.aside[axis] + at);
      direction[axis] = AllFloats(middle[axis]) + aside;
    }
    const Floats dz = direction[2];
    const Floats per = AllFloats(1) / Select(Magnitude(dz) < AllFloats(kLevelDz), AllFloats(-kLevelDz), dz);
    Store(per, chunk.per_dz + at);
    const Floats bounded[3] = {direction[0] * per, direction[1] * per, per};
    for (int i = 0; i < 3; ++i) {
      low[i] = g == 0 ? bounded[i] : Min(low[i], bounded[i]);
      high[i] = g == 0 ? bounded[i] : Max(high[i], bounded[i]);
    }
  }
  const float per_low = Lowest(low[2]), per_high = -Lowest(-high[2]);
  chunk.per_dz_low[slot] = per_low;
  chunk.per_dz_high[slot] = per_high;
  b.all_fall[slot] = per_high < 0 ? 1 : 0;
  b.all_rise[slot] = per_low > 0 ? 1 : 0;
  const double room = kRounded * static_cast<double>(-per_low > per_high ? -per_low : per_high);
  for (int axis = 0; axis < 2; ++axis) {
    b.slope_low[axis][slot] = static_cast<double>(Lowest(low[axis])) - room;
    b.slope_high[axis][slot] = static_cast<double>(-Lowest(-high[axis])) + room;
  }
}

// The slopes of any rays.
PERILUNE_INLINE void BoundSlopes(const RaysView& rays, int slot, RayBounds& b) {
  const int first = slot * kPacketRays;
  Doubles low[2], high[2];
  Ints falls = AllInts(0), rises = falls;
  for (int g = 0; g < kGroups; ++g) {
    const int at = first + g * kLanes;
    Doubles dz = LoadRays(rays.direction[2], rays.direction_step, at);
    // A level ray counts as one that falls by nothing.
    dz = Select(dz == AllDoubles(0), AllDoubles(-1 / kHuge), dz);
    const Doubles per = AllDoubles(1) / dz;
    const Ints down = Narrow(dz < AllDoubles(0));
    falls = falls | down, rises = rises | ~down;
    for (int axis = 0; axis < 2; ++axis) {
      const Doubles slope = LoadRays(rays.direction[axis], rays.direction_step, at) * per;
      low[axis] = g == 0 ? slope : Min(low[axis], slope);
      high[axis] = g == 0 ? slope : Max(high[axis], slope);
    }
  }
  b.all_fall[slot] = Any(rises) ? 0 : 1;
  b.all_rise[slot] = Any(falls) ? 0 : 1;
  for (int axis = 0; axis < 2; ++axis) {
    b.slope_low[axis][slot] = Lowest(low[axis]);
    b.slope_high[axis][slot] = -Lowest(-high[axis]);
  }
}

// Of one packet, into its slot.
PERILUNE_INLINE void BoundPacket(const RaysView& rays, int slot, ChunkRays& chunk) {
  for (int axis = 0; axis < 3; ++axis) {
    const Span span = OriginsOf(rays.origin_m[axis], rays.origin_step, slot * kPacketRays);
    chunk.packets.origin_low_m[axis][slot] = span.low;
    chunk.packets.origin_high_m[axis][slot] = span.high;
  }
  if (rays.direction_step == 0) {
    BoundParallel(rays, slot, chunk.packets);
  } else if (rays.origin_step == 0) {
    BoundFromEye(rays, slot, chunk);
  } else {
    BoundSlopes(rays, slot, chunk.packets);
  }
}

void Bounds(const RaysView& rays, int count, ChunkRays* chunk) {
  const int packets = count / kPacketRays;
  for (int slot = 0; slot < packets; ++slot) BoundPacket(rays, slot, *chunk);
  const auto lowest = [packets](const double* values, double* all) {
    *all = values[0];
    for (int i = 1; i < packets; ++i) *all = Min(*all, values[i]);
  };
  const auto highest = [packets](const double* values, double* all) {
    *all = values[0];
    for (int i = 1; i < packets; ++i) *all = Max(*all, values[i]);
  };
  RayBounds &each = chunk->packets, &all = chunk->all;
  for (int axis = 0; axis < 3; ++axis) {
    lowest(each.origin_low_m[axis], all.origin_low_m[axis]);
    highest(each.origin_high_m[axis], all.origin_high_m[axis]);
  }
  for (int axis = 0; axis < 2; ++axis) {
    lowest(each.slope_low[axis], all.slope_low[axis]);
    highest(each.slope_high[axis], all.slope_high[axis]);
  }
  lowest(each.all_fall, all.all_fall);
  lowest(each.all_rise, all.all_rise);
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

struct Stretches {
  Doubles begin, end;
};

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

bool Clip(const LevelView& level, const RaysView& rays, int count, const StretchesView& stretches,
          double* clipped_begin_m, double* clipped_end_m) {
  Ints any = AllInts(0);
  for (int first = 0; first < count; first += kLanes) {
    Stretches s{LoadRays(stretches.begin_m, stretches.step, first),
                LoadRays(stretches.end_m, stretches.step, first)};
    s = ClipAxis(s, LoadRays(rays.origin_m[0], rays.origin_step, first),
                 LoadRays(rays.direction[0], rays.direction_step, first), level.x0_m, level.max_x_m);
    s = ClipAxis(s, LoadRays(rays.origin_m[1], rays.origin_step, first),
                 LoadRays(rays.direction[1], rays.direction_step, first), level.min_y_m, level.y0_m);
    any = any | Narrow(s.begin <= s.end);
    Store(s.begin, clipped_begin_m + first);
    Store(s.end, clipped_end_m + first);
  }
  return Any(any);
}

}  // namespace
}  // namespace perilune::dem
