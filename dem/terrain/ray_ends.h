// Where a packet's walk starts and where it ends: the parts that need double precision. Part of the ray
// kernel: see ray_kernel_body.h.
#pragma once

#include "dem/terrain/ray_walk.h"

namespace perilune::dem {
namespace {

// A root this far outside the stretch that single precision gave to the cell still counts, m along the ray.
constexpr float kRootSlack_m = 5e-4F;
// Error of a hit that may be left, m along the ray, and that of a height, of the relief in the cell.
constexpr float kRootError_m = 1e-4F, kRounding = 1.2e-7F;
// Rays of a level's grid, linear in the range t.
struct GridRays {
  Doubles u0, v0, z0, du, dv, dz;
};

PERILUNE_INLINE GridRays InGrid(const LevelView& level, const RaysView& rays, int first) {
  const Doubles per = AllDoubles(level.per_m);
  GridRays r;
  r.u0 = (LoadRays(rays.origin_m[0], rays.origin_step, first) - AllDoubles(level.x0_m)) * per;
  r.v0 = (AllDoubles(level.y0_m) - LoadRays(rays.origin_m[1], rays.origin_step, first)) * per;
  r.z0 = LoadRays(rays.origin_m[2], rays.origin_step, first);
  r.du = LoadRays(rays.direction[0], rays.direction_step, first) * per;
  r.dv = LoadRays(rays.direction[1], rays.direction_step, first) * -per;
  r.dz = LoadRays(rays.direction[2], rays.direction_step, first);
  return r;
}

struct Course {
  Floats per, far, edge, sign;
  Ints cell;
};

// How a ray crosses the cells along one axis.
PERILUNE_INLINE Course CourseOf(const Floats& start, const Floats& direction, int last_cell) {
  const Floats zero = AllFloats(0), one = AllFloats(1), never = AllFloats(1e30F);
  Course c;
  c.cell = Min(Max(ToInts(start), AllInts(0)), AllInts(last_cell));
  const Floats cell = ToFloats(c.cell);
  const Ints stands = direction == zero;
  // A ray that does not move along an axis leaves by the edge that is not near, and never comes there.
  const Ints ahead = Select(stands, start - cell<AllFloats(0.5F), direction> zero);
  c.far = Select(ahead, one, zero);
  c.sign = Select(ahead, one, -one);
  c.edge = cell + c.far - start;
  c.per = Select(stands, c.sign * never, one / Select(stands, one, direction));
  return c;
}

// A packet on its way, with what its end needs.
struct Packet {
  Walk walk[kGroups];
  Doubles begin_m[kGroups];     // range where the walk starts
  Ints given[kGroups];          // rays whose stretch is not empty
  Ints through_floor[kGroups];  // rays that would leave the slab by its floor
};

// Puts rays, whose u0, v0, du and dv are known, into their first cells.
PERILUNE_INLINE void SetOut(Walk& w, const Ground& ground) {
  w.bend = -w.du * w.dv;
  const Course across = CourseOf(w.u0, w.du, ground.last_col), down = CourseOf(w.v0, w.dv, ground.last_row);
  w.per_du = across.per, w.far_u = across.far, w.edge_u = across.edge, w.sign_u = across.sign;
  w.per_dv = down.per, w.far_v = down.far, w.edge_v = down.edge, w.sign_v = down.sign;
  w.step_col = ToInts(across.sign);
  w.step_row = ToInts(down.sign) * AllInts(ground.stride);
  w.index = down.cell * AllInts(ground.stride) + across.cell;
  w.s = w.above_m = AllFloats(0);
  w.hit = AllInts(0);
}

// Any rays, in double precision.
PERILUNE_INLINE void Start(Packet& packet, int group, const GridRays& r, const Doubles& t_begin,
                           const Doubles& t_end, const Slab& slab, const Ground& ground) {
  // A level ray counts as one that falls by nothing.
  const Doubles per_dz = AllDoubles(1) / Select(r.dz == AllDoubles(0), AllDoubles(-1 / kHuge), r.dz);
  // What of the rays lies in the slab; rising rays that start below its floor keep their start.
  const Doubles at_high = (AllDoubles(slab.high_m) - r.z0) * per_dz;
  const Doubles at_low = (AllDoubles(slab.low_m) - r.z0) * per_dz;
  const auto falls = per_dz < AllDoubles(0);
  const Doubles begin = Select(falls, Max(at_high, t_begin), t_begin);
  const Doubles end = Min(Select(falls, at_low, at_high), t_end);
  const auto given = t_begin <= t_end;
  // Rays that start below all ground of their surroundings: under the surface, or under missing data.
  const auto starts_below = (r.z0 + t_begin * r.dz < AllDoubles(slab.low_m)) & given;
  packet.given[group] = Narrow(given);
  packet.through_floor[group] = Narrow(falls & (end < t_end) & (begin <= end));
  const Doubles z = r.z0 + begin * r.dz;
  const Doubles u = r.u0 + begin * r.du - AllDoubles(ground.corner_col);
  const Doubles v = r.v0 + begin * r.dv - AllDoubles(ground.corner_row);
  packet.begin_m[group] = begin;
  Walk& w = packet.walk[group];
  w.u0 = ToFloats(u);
  w.v0 = ToFloats(v);
  w.z0 = ToFloats(z - AllDoubles(static_cast<double>(ground.base_m)));
  w.du = ToFloats(r.du);
  w.dv = ToFloats(r.dv);
  w.dz = ToFloats(r.dz);
  SetOut(w, ground);
  w.s_end = ToFloats(end - begin);
  w.doubtful = Narrow(starts_below);
  w.active = Narrow(begin <= end) & ~w.doubtful;
}

// Rays from one eye that all come down through the whole slab. Those of a packet differ little from its
// middle one: what they differ by is small enough for single precision.
struct EyeStart {
  double begin_m;     // where the middle ray enters the slab
  float begin;        // the same
  float later_per;    // by how much later others do, per difference of dz and per 1 / dz
  float u0, v0, z0;   // of the middle ray there
  float thickness_m;  // of the slab, negative
  float per_m, middle[3];
};

// Whether rays from one eye come down through the whole slab within the stretch, and all so near to each
// other that differences of single precision do not matter.
PERILUNE_INLINE bool ComeDownTogether(const RaysView& rays, const StretchesView& stretches,
                                      const ChunkRays& chunk, int slot, const Slab& slab) {
  constexpr double kTogether_m = 4000;  // of which rounding is a few tenths of a millimetre
  if (rays.origin_step != 0 || rays.direction_step == 0 || stretches.step != 0) return false;
  const double to_top_m = slab.high_m - rays.origin_m[2][0];
  if (!(chunk.packets.all_fall[slot] > 0) || !(to_top_m < 0)) return false;
  const double first_m = to_top_m * static_cast<double>(chunk.per_dz_high[slot]);
  const double last_m = (slab.low_m - rays.origin_m[2][0]) * static_cast<double>(chunk.per_dz_low[slot]);
  return first_m * (1 - 1e-6) > stretches.begin_m[0] && last_m * (1 + 1e-6) < stretches.end_m[0] &&
         last_m - first_m < kTogether_m;
}

PERILUNE_INLINE EyeStart EyeStartOf(const LevelView& level, const RaysView& rays, const ChunkRays& chunk,
                                    int slot, const Slab& slab, const Ground& ground) {
  EyeStart s;
  const double x = chunk.middle[0][slot], y = chunk.middle[1][slot], z = chunk.middle[2][slot];
  s.begin_m = (slab.high_m - rays.origin_m[2][0]) / z;
  s.begin = static_cast<float>(s.begin_m);
  s.later_per = static_cast<float>(-s.begin_m);
  s.u0 = static_cast<float>((rays.origin_m[0][0] + s.begin_m * x - level.x0_m) * level.per_m -
                            ground.corner_col);
  s.v0 = static_cast<float>((level.y0_m - rays.origin_m[1][0] - s.begin_m * y) * level.per_m -
                            ground.corner_row);
  s.z0 = static_cast<float>(slab.high_m - static_cast<double>(ground.base_m));
  s.thickness_m = static_cast<float>(slab.low_m - slab.high_m);
  s.per_m = static_cast<float>(level.per_m);
  s.middle[0] = static_cast<float>(x), s.middle[1] = static_cast<float>(y),
  s.middle[2] = static_cast<float>(z);
  return s;
}

PERILUNE_INLINE void StartFromEye(Packet& packet, int group, const EyeStart& s, const ChunkRays& chunk,
                                  int at, const Ground& ground) {
  const Floats dx = Load<Floats>(chunk.aside[0] + at), dy = Load<Floats>(chunk.aside[1] + at),
               dz = Load<Floats>(chunk.aside[2] + at), per_dz = Load<Floats>(chunk.per_dz + at);
  const Floats x = AllFloats(s.middle[0]), y = AllFloats(s.middle[1]), per = AllFloats(s.per_m);
  // h / dz − h / middle, from the difference of the two.
  const Floats later = AllFloats(s.later_per) * (dz * per_dz), begin = AllFloats(s.begin) + later;
  Walk& w = packet.walk[group];
  w.u0 = AllFloats(s.u0) + (later * x + begin * dx) * per;
  w.v0 = AllFloats(s.v0) - (later * y + begin * dy) * per;
  w.z0 = AllFloats(s.z0);
  w.du = (x + dx) * per;
  w.dv = (y + dy) * -per;
  w.dz = AllFloats(s.middle[2]) + dz;
  SetOut(w, ground);
  w.s_end = AllFloats(s.thickness_m) * per_dz;
  w.doubtful = AllInts(0);
  w.active = AllInts(-1);
  packet.given[group] = packet.through_floor[group] = w.active;
  packet.begin_m[group] = AllDoubles(s.begin_m) + ToDoubles(later);
}

// Parallel rays that rise from places of their own.
struct ParallelStart {
  double begin_m;        // range where the stretch begins
  double u_m, v_m, z_m;  // what is taken off a place, moved on by begin_m: the corner and the base
  float per_m, direction[3], per_dz;  // direction in cells and metres
  float top, bottom;                  // of the slab over the base, m
  float longest_m;                    // the stretch
};

// Whether it is such rays, with one stretch for all.
PERILUNE_INLINE bool RiseTogether(const RaysView& rays, const StretchesView& stretches,
                                  const ChunkRays& chunk, int slot) {
  return rays.direction_step == 0 && rays.origin_step != 0 && stretches.step == 0 &&
         chunk.packets.all_rise[slot] > 0;
}

PERILUNE_INLINE ParallelStart ParallelStartOf(const LevelView& level, const RaysView& rays,
                                              const StretchesView& stretches, const Slab& slab,
                                              const Ground& ground) {
  ParallelStart s;
  const double x = rays.direction[0][0], y = rays.direction[1][0], z = rays.direction[2][0];
  const double base_m = ground.base_m;
  s.begin_m = stretches.begin_m[0];
  s.u_m = level.x0_m + ground.corner_col / level.per_m - s.begin_m * x;
  s.v_m = level.y0_m - ground.corner_row / level.per_m - s.begin_m * y;
  s.z_m = base_m - s.begin_m * z;
  s.per_m = static_cast<float>(level.per_m);
  s.direction[0] = static_cast<float>(x * level.per_m);
  s.direction[1] = static_cast<float>(-y * level.per_m);
  s.direction[2] = static_cast<float>(z);
  s.per_dz = static_cast<float>(1 / z);
  s.top = static_cast<float>(slab.high_m - base_m);
  s.bottom = static_cast<float>(slab.low_m - base_m);
  s.longest_m = static_cast<float>(stretches.end_m[0] - s.begin_m);
  return s;
}

PERILUNE_INLINE void StartParallel(Packet& packet, int group, const ParallelStart& s, const RaysView& rays,
                                   int at, const Ground& ground) {
  const auto place = [&](int axis) { return Load<Doubles>(rays.origin_m[axis] + at); };
  Walk& w = packet.walk[group];
  w.u0 = ToFloats(place(0) - AllDoubles(s.u_m)) * AllFloats(s.per_m);
  w.v0 = ToFloats(AllDoubles(s.v_m) - place(1)) * AllFloats(s.per_m);
  w.z0 = ToFloats(place(2) - AllDoubles(s.z_m));
  w.du = AllFloats(s.direction[0]);
  w.dv = AllFloats(s.direction[1]);
  w.dz = AllFloats(s.direction[2]);
  SetOut(w, ground);
  const Floats nothing = AllFloats(0);
  w.s_end = Min((AllFloats(s.top) - w.z0) * AllFloats(s.per_dz), AllFloats(s.longest_m));
  packet.given[group] = AllInts(s.longest_m >= 0 ? -1 : 0);
  packet.through_floor[group] = AllInts(0);
  w.doubtful = (w.z0 < AllFloats(s.bottom)) & packet.given[group];
  w.active = (w.s_end >= nothing) & ~w.doubtful;
  packet.begin_m[group] = AllDoubles(s.begin_m);
}

// Where the hits of some rays are in their cells, as single precision sees it.
struct Guess {
  Patch patch;
  Floats z00_m;             // not relative to the base
  Floats s, s_low, s_high;  // the guess, and where the ray is in the cell
  Floats per_m, bend;       // m along the ray per m of height there, and by what per_m grows per m along
};

// Filled in place: a copy of it goes through memory in pieces.
PERILUNE_INLINE void FillGuess(const Walk& w, const Ground& ground, Guess& g) {
  const Floats zero = AllFloats(0), one = AllFloats(1), two = AllFloats(2);
  const Exit exit = ExitAt(w, w.edge_u, w.edge_v);
  const Corners z = GatherCorners(ground, w.index);
  g.patch = PatchOf(ground, z);
  g.z00_m = z.z00;
  g.s_low = w.s - AllFloats(kRootSlack_m);
  g.s_high = exit.s + AllFloats(kRootSlack_m);
  // The falling root of the height above the patch, above_m + linear x + square x² as in StepCell; the slope
  // there is −root.
  const Floats above_m = Above(w, g.patch, w.s), length = exit.s - w.s;
  const Floats curving = g.patch.twist * w.bend, square = curving * (length * length);
  const Floats linear = w.above_m - above_m - square;
  const Floats root = SquareRoot(Max(linear * linear - AllFloats(4) * square * above_m, zero));
  g.s = w.s + Max(Min(two * above_m / (root - linear), one), zero) * length;
  g.per_m = -length / root;
  g.bend = curving * g.per_m;
}

// Range of the hits: from the guess on along the slope there, with the height at the guess from double
// precision. Hits that this does not settle become doubtful.
PERILUNE_INLINE Doubles RangeOf(Walk& w, const Guess& g, const Doubles& begin_m, const GridRays& r,
                                const Ground& ground) {
  const Doubles along = begin_m + ToDoubles(g.s);
  const Ints col = CellOf(w.edge_u, w.far_u, w.u0) + AllInts(ground.corner_col),
             row = CellOf(w.edge_v, w.far_v, w.v0) + AllInts(ground.corner_row);
  const Floats p = ToFloats(r.u0 + along * r.du - ToDoubles(col)),
               q = ToFloats(r.v0 + along * r.dv - ToDoubles(row));
  const Floats over_corner_m = ToFloats(r.z0 + along * r.dz - ToDoubles(g.z00_m));
  const Floats above_m = over_corner_m - (g.patch.b * p + q * (g.patch.c + g.patch.twist * p));
  const Floats straight = -(above_m * g.per_m), curve = g.bend * (straight * straight);
  const Floats step = straight - curve, at = g.s + step;
  // What the next step would be at most, and the rounding of heights along the ray.
  const Floats relief_m = Magnitude(g.patch.b) + Magnitude(g.patch.c) + Magnitude(g.patch.twist);
  const Floats error_m = Magnitude(curve) + AllFloats(kRounding) * relief_m * Magnitude(g.per_m);
  const Ints good = (error_m <= AllFloats(kRootError_m)) & (at >= g.s_low) & (at <= g.s_high);
  w.doubtful = w.doubtful | (w.hit & ~good);
  w.hit = w.hit & good;
  return along + ToDoubles(step);
}

}  // namespace
}  // namespace perilune::dem
