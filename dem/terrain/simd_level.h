#pragma once

#include <string>
#include <vector>

namespace perilune::dem {

/// Instruction sets that the kernels are compiled for. All give the same bits.
enum class SimdLevel { kSse2, kAvx2, kAvx512 };

/// Those that this processor has, narrowest first; never empty.
const std::vector<SimdLevel>& AvailableSimdLevels();

/// The widest available, or the one that the environment variable PERILUNE_SIMD (sse2, avx2, avx512) names,
/// read once. Throws std::invalid_argument when that one is unknown or the processor lacks it.
SimdLevel ChosenSimdLevel();

std::string SimdLevelName(SimdLevel level);

/// Of one kernel's builds the one for a level.
template <typename Kernel>
const Kernel& ForLevel(SimdLevel level, const Kernel& sse2, const Kernel& avx2, const Kernel& avx512) {
  switch (level) {
    case SimdLevel::kAvx512:
      return avx512;
    case SimdLevel::kAvx2:
      return avx2;
    case SimdLevel::kSse2:
      break;
  }
  return sse2;
}

}  // namespace perilune::dem
