// Where the rays of a packet or a chunk can be while they are in a slab of heights: interval arithmetic on
// plain data. Internal linkage, because kernel files of several instruction sets include it.
#pragma once

#include "dem/terrain/ray_kernel.h"

namespace perilune::dem {
namespace {

struct Span {
  double low, high;
};

struct Region {
  Span x_m, y_m;
};

inline double Lesser(double a, double b) { return b < a ? b : a; }
inline double Greater(double a, double b) { return b > a ? b : a; }

// start + rise · slope for all values of the three.
inline Span Sweep(const Span& start, const Span& rise, const Span& slope) {
  const double a = rise.low * slope.low, b = rise.low * slope.high, c = rise.high * slope.low,
               d = rise.high * slope.high;
  return {start.low + Lesser(Lesser(a, b), Lesser(c, d)), start.high + Greater(Greater(a, b), Greater(c, d))};
}

// Rays that neither all fall nor all rise may be anywhere.
inline Region RegionInSlab(const RayBounds& rays, double low_m, double high_m) {
  constexpr double kAnywhere_m = 1e15;
  if (!rays.all_fall && !rays.all_rise) return {{-kAnywhere_m, kAnywhere_m}, {-kAnywhere_m, kAnywhere_m}};
  Span rise{0, 0};
  if (rays.all_fall) {
    rise.high = Lesser(high_m - rays.origin_low_m[2], 0);
    rise.low = Lesser(low_m - rays.origin_high_m[2], rise.high);
  } else {
    rise.high = Greater(high_m - rays.origin_low_m[2], 0);
  }
  return {
      Sweep({rays.origin_low_m[0], rays.origin_high_m[0]}, rise, {rays.slope_low[0], rays.slope_high[0]}),
      Sweep({rays.origin_low_m[1], rays.origin_high_m[1]}, rise, {rays.slope_low[1], rays.slope_high[1]})};
}

}  // namespace
}  // namespace perilune::dem
