// Separable filters, compiled once for each instruction set.
#pragma once

#define PERILUNE_LANES 16
#include "dem/terrain/lanes.h"
#include "vision/matching/blur_kernel.h"

namespace perilune::vision {
namespace {

static_assert(kLanes == kBlurLanes);

// `step` floats lie between neighbours.
PERILUNE_INLINE Floats Filtered(const BlurTaps& filter, const float* at, std::int32_t step) {
  Floats sum = AllFloats(filter.taps[0]) * Load<Floats>(at);
  for (int k = 1; k <= filter.reach; ++k)
    sum = sum + AllFloats(filter.taps[k]) * (Load<Floats>(at - k * step) + Load<Floats>(at + k * step));
  return sum;
}

void Along(const BlurTaps& filter, const float* from, std::int32_t packed, float* to) {
  for (int col = 0; col < packed; col += kLanes) Store(Filtered(filter, from + col, 1), to + col);
}

void Across(const BlurTaps& filter, const float* from, std::int32_t stride, std::int32_t rows,
            std::int32_t packed, float* to) {
  constexpr std::int32_t kStrip = 256;  // its rows stay in the nearest cache
  for (int first = 0; first < packed; first += kStrip) {
    const int last = first + kStrip < packed ? first + kStrip : packed;
    for (int row = 0; row < rows; ++row) {
      for (int col = first; col < last; col += kLanes)
        Store(Filtered(filter, from + row * stride + col, stride), to + row * stride + col);
    }
  }
}

}  // namespace
}  // namespace perilune::vision
