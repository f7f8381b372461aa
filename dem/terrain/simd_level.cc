#include "dem/terrain/simd_level.h"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

namespace perilune::dem {
namespace {

std::vector<SimdLevel> Detect() {
  std::vector<SimdLevel> levels = {SimdLevel::kSse2};
  if (__builtin_cpu_supports("avx2")) levels.push_back(SimdLevel::kAvx2);
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")) {
    levels.push_back(SimdLevel::kAvx512);
  }
  return levels;
}

SimdLevel Choose() {
  const char* forced = std::getenv("PERILUNE_SIMD");
  const std::vector<SimdLevel>& available = AvailableSimdLevels();
  if (forced == nullptr || *forced == '\0') return available.back();
  const auto found = std::find_if(available.begin(), available.end(),
                                  [&](SimdLevel level) { return SimdLevelName(level) == forced; });
  if (found != available.end()) return *found;
  std::string names;
  for (const SimdLevel level : available) names += " " + SimdLevelName(level);
  throw std::invalid_argument("PERILUNE_SIMD is '" + std::string(forced) + "', this processor has:" + names);
}

}  // namespace

const std::vector<SimdLevel>& AvailableSimdLevels() {
  static const std::vector<SimdLevel> levels = Detect();
  return levels;
}

SimdLevel ChosenSimdLevel() {
  static const SimdLevel chosen = Choose();
  return chosen;
}

std::string SimdLevelName(SimdLevel level) {
  switch (level) {
    case SimdLevel::kSse2:
      return "sse2";
    case SimdLevel::kAvx2:
      return "avx2";
    case SimdLevel::kAvx512:
      return "avx512";
  }
  return "";
}

}  // namespace perilune::dem
