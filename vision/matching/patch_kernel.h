#pragma once

// Plain data only, for the reason in dem/terrain/ray_kernel.h.
#include <cstdint>

namespace perilune::vision {

/// What lengths of rows are padded to.
inline constexpr int kPatchLanes = 16;

/// Planes of a patch: `rows` rows of `packed` floats (a multiple of kPatchLanes, the weight 0 beyond the
/// patch's own columns), `stride` floats apart.
struct PatchSize {
  std::int32_t rows, packed, stride;
};

/// A patch to look for: its value less the weighted mean, its gradient, what its pixels count and the root of
/// that, and the weighted value and gradient.
struct PatchTemplatePlanes {
  float *value, *dx, *dy, *weight, *root;
  float *weighted_value, *weighted_dx, *weighted_dy;
};

/// The image's pixel under the patch's first one and 1 − p, p, 1 − q, q of the bilinear sample between it and
/// its neighbours to the right and below.
struct PatchSample {
  const float* first;
  std::int32_t stride;
  float left, right, top, bottom;
};

/// The kernels for one instruction set; all give the same bits.
struct PatchKernel {
  /// From the values with a border of one pixel around them, of the same stride (`ground` is at the first
  /// pixel of the patch itself) to planes, `weight` among them given; the ten sums of weight · j jᵀ,
  /// j = (dx, dy, value, 1), row by row of the upper triangle.
  void (*prepare)(const PatchSize& size, const float* ground, float mean, const PatchTemplatePlanes& planes,
                  double sums[10]);
  /// Of the sample less `centre`: Σ w s, Σ w s², Σ w value s, Σ w dx s, Σ w dy s.
  void (*compare)(const PatchSize& size, const PatchTemplatePlanes& planes, const PatchSample& sample,
                  float centre, double sums[5]);
  /// Residuals sample − gain · value − offset times the root of the weight; kPatchLanes floats of 0 follow
  /// each row.
  void (*residuals)(const PatchSize& size, const PatchTemplatePlanes& planes, const PatchSample& sample,
                    float gain, float offset, float* e);
  /// Σ e(x) e(x + lag) of such residuals, lag 0 to 3 columns and 1 to 3 rows.
  void (*lags)(const PatchSize& size, const float* e, double sums[7]);
  /// (dx, dy, value, 1) · √weight into rows of `to_stride` floats with `apron` floats of 0 before and after
  /// their `packed` ones; `to` is at the first pixel.
  void (*spread)(const PatchSize& size, const PatchTemplatePlanes& planes, std::int32_t apron,
                 std::int32_t to_stride, float* const to[4]);
  /// Σ_x Σ_y f_a(x) k(x − y) f_b(y), k separable with taps[|offset|] up to `reach`, at most the apron: the
  /// ten of the upper triangle.
  void (*correlate)(const PatchSize& size, const float* const f[4], const float* taps, std::int32_t reach,
                    double sums[10]);
  /// Σ pattern · window for every place of the patch in the window: `across` × `down` sums.
  void (*slide)(const PatchSize& size, const float* pattern, const float* window, std::int32_t window_stride,
                std::int32_t across, std::int32_t down, float* sums);
};

extern const PatchKernel kPatchKernelSse2;
extern const PatchKernel kPatchKernelAvx2;
extern const PatchKernel kPatchKernelAvx512;

}  // namespace perilune::vision
