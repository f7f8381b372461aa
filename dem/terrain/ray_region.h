// Where the rays of a packet or a chunk can be while they are in a slab of heights: interval arithmetic on
// plain data. Internal linkage, because kernel files of several instruction sets include it.
#pragma once

#include "dem/terrain/ray_kernel.h"

namespace perilune::dem {
namespace {

constexpr double kAnywhere_m = 1e15;

template <typename T>
struct SpanOf {
  T low, high;
};
using Span = SpanOf<double>;

struct Region {
  Span x_m, y_m;
};

inline double Min(double a, double b) { return b < a ? b : a; }
inline double Max(double a, double b) { return b > a ? b : a; }

// start + rise · slope for all values of the three; of one bundle of rays or of many, a lane each.
template <typename T>
inline SpanOf<T> SpanAlong(const SpanOf<T>& start, const SpanOf<T>& rise, const SpanOf<T>& slope) {
  const T a = rise.low * slope.low, b = rise.low * slope.high, c = rise.high * slope.low,
          d = rise.high * slope.high;
  return {start.low + Min(Min(a, b), Min(c, d)), start.high + Max(Max(a, b), Max(c, d))};
}

// Of the rays of one slot. Rays that neither all fall nor all rise may be anywhere.
inline Region RegionInSlab(const RayBounds& rays, int slot, double low_m, double high_m) {
  const bool falls = rays.all_fall[slot] > 0, rises = rays.all_rise[slot] > 0;
  if (!falls && !rises) return {{-kAnywhere_m, kAnywhere_m}, {-kAnywhere_m, kAnywhere_m}};
  const double to_top_m = high_m - rays.origin_low_m[2][slot];
  Span rise{0, falls ? Min(to_top_m, 0) : Max(to_top_m, 0)};
  if (falls) rise.low = Min(low_m - rays.origin_high_m[2][slot], rise.high);
  const auto reach = [&](int axis) {
    return SpanAlong(Span{rays.origin_low_m[axis][slot], rays.origin_high_m[axis][slot]}, rise,
                     Span{rays.slope_low[axis][slot], rays.slope_high[axis][slot]});
  };
  return {reach(0), reach(1)};
}

}  // namespace
}  // namespace perilune::dem
