#pragma once

// Plain data only, for the reason in dem/terrain/ray_kernel.h.
#include <cstdint>

namespace perilune::dem {

/// Indices that the kernel takes at a time.
inline constexpr int kNormalsPacket = 32;

/// The kernel for one instruction set.
struct NormalsKernel {
  /// RandomNormal of first_index, first_index + 1, … in single precision; `key` is what seed and stream mix
  /// to. `count` is a multiple of kNormalsPacket.
  void (*normals)(std::uint64_t key, std::uint64_t first_index, int count, float* normals);
};

extern const NormalsKernel kNormalsKernelSse2;
extern const NormalsKernel kNormalsKernelAvx2;
extern const NormalsKernel kNormalsKernelAvx512;

}  // namespace perilune::dem
