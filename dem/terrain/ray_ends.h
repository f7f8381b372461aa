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
// Rays where their stretches begin: u and v in cells from the corner on, z in metres, t the range.
struct Begin {
  Doubles u, v, z, t;
};

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
  Begin begin[kGroups];
  Ints given[kGroups];          // rays whose stretch is not empty
  Ints through_floor[kGroups];  // rays that would leave the slab by its floor
};

PERILUNE_INLINE void Start(Packet& packet, int group, const GridRays& r, const Doubles& per_dz,
                           const Doubles& t_begin, const Doubles& t_end, const Slab& slab,
                           const Ground& ground) {
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
  packet.begin[group] = {u, v, z, begin};
  Walk& w = packet.walk[group];
  w.u0 = ToFloats(u);
  w.v0 = ToFloats(v);
  w.z0 = ToFloats(z - AllDoubles(static_cast<double>(ground.base_m)));
  w.du = ToFloats(r.du);
  w.dv = ToFloats(r.dv);
  w.dz = ToFloats(r.dz);
  w.bend = -w.du * w.dv;
  const Course across = CourseOf(w.u0, w.du, ground.last_col), down = CourseOf(w.v0, w.dv, ground.last_row);
  w.per_du = across.per, w.far_u = across.far, w.edge_u = across.edge, w.sign_u = across.sign;
  w.per_dv = down.per, w.far_v = down.far, w.edge_v = down.edge, w.sign_v = down.sign;
  w.step_col = ToInts(across.sign);
  w.step_row = ToInts(down.sign) * AllInts(ground.stride);
  w.index = down.cell * AllInts(ground.stride) + across.cell;
  w.s_end = ToFloats(end - begin);
  w.s = w.above_m = AllFloats(0);
  w.doubtful = Narrow(starts_below);
  w.active = Narrow(begin <= end) & ~w.doubtful;
  w.hit = AllInts(0);
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
PERILUNE_INLINE Doubles RangeOf(Walk& w, const Guess& g, const Begin& begin, const GridRays& r) {
  const Doubles along = ToDoubles(g.s);
  const Doubles col = ToDoubles(CellOf(w.edge_u, w.far_u, w.u0)),
                row = ToDoubles(CellOf(w.edge_v, w.far_v, w.v0));
  const Floats p = ToFloats(begin.u + along * r.du - col), q = ToFloats(begin.v + along * r.dv - row);
  const Floats over_corner_m = ToFloats(begin.z + along * r.dz - ToDoubles(g.z00_m));
  const Floats above_m = over_corner_m - (g.patch.b * p + q * (g.patch.c + g.patch.twist * p));
  const Floats straight = -(above_m * g.per_m), curve = g.bend * (straight * straight);
  const Floats step = straight - curve, at = g.s + step;
  // What the next step would be at most, and the rounding of heights along the ray.
  const Floats relief_m = Magnitude(g.patch.b) + Magnitude(g.patch.c) + Magnitude(g.patch.twist);
  const Floats error_m = Magnitude(curve) + AllFloats(kRounding) * relief_m * Magnitude(g.per_m);
  const Ints good = (error_m <= AllFloats(kRootError_m)) & (at >= g.s_low) & (at <= g.s_high);
  w.doubtful = w.doubtful | (w.hit & ~good);
  w.hit = w.hit & good;
  return begin.t + (along + ToDoubles(step));
}

}  // namespace
}  // namespace perilune::dem
