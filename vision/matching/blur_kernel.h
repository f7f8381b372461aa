#pragma once

// Plain data only, for the reason in dem/terrain/ray_kernel.h.
#include <cstdint>

namespace perilune::vision {

/// What lengths of rows are padded to.
inline constexpr int kBlurLanes = 16;

/// A filter that is the same both ways: taps[|offset|], up to `reach` pixels away.
struct BlurTaps {
  const float* taps;
  std::int32_t reach;
};

/// The kernels for one instruction set; all give the same bits.
struct BlurKernel {
  /// Along a row of `packed` pixels (a multiple of kBlurLanes); `from` has `reach` pixels on either side.
  void (*along)(const BlurTaps& filter, const float* from, std::int32_t packed, float* to);
  /// Across `rows` rows of `packed` pixels, `stride` floats apart in both; `from` has `reach` rows above and
  /// below.
  void (*across)(const BlurTaps& filter, const float* from, std::int32_t stride, std::int32_t rows,
                 std::int32_t packed, float* to);
};

extern const BlurKernel kBlurKernelSse2;
extern const BlurKernel kBlurKernelAvx2;
extern const BlurKernel kBlurKernelAvx512;

}  // namespace perilune::vision
