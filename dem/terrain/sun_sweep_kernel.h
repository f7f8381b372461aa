#pragma once

// Plain data only, for the reason in dem/terrain/ray_kernel.h.
#include <cstdint>

namespace perilune::dem {

/// Set in a cell's code where neighbouring lines do not decide.
inline constexpr std::uint8_t kSunDoubt = 128;

/// One step of parallel lines away from the Sun, from one line of grid points to the next. Ray line i is at
/// grid point i of the row, less `fraction` of a cell.
struct SunSweepStep {
  const float* row;       ///< heights at the grid points of this line; row[−1] is read
  const float* previous;  ///< of the line before, nearer the Sun
  float fraction;
  /// Where the ray lines cross a grid line of the other family on the way: its grid point is i + `crossed`
  /// (0 or −1), `crossed_share` of the step nearer the Sun. Negative share: nowhere.
  int crossed;
  float crossed_share;
  float step_m;  ///< over the ground
  float start_above_m;
  float margin_m;
};

/// The running horizon over each ray line: the height below which there is shadow. For each tangent `stride`
/// floats. `since_gap_m` is the same of the ground this side of the last missing data; null where there are
/// none.
struct SunHorizons {
  const float* tangents;  ///< rising
  int count;
  float* height_m;
  float* since_gap_m;
  std::int64_t stride;
};

struct SunSweepKernel {
  /// Steps ray lines 0 … lines − 1, at most kSunLines, and writes for the grid points 1 … lines −
  /// kSunLinesMore how many of the tangents are in shadow, with kSunDoubt or without.
  void (*step)(const SunSweepStep& step, const SunHorizons& horizons, int lines, std::uint8_t* codes);
};

inline constexpr int kSunLines = 512;
/// A grid point is judged by two lines on either side of it.
inline constexpr int kSunLinesMore = 3;

extern const SunSweepKernel kSunSweepKernelSse2;
extern const SunSweepKernel kSunSweepKernelAvx2;
extern const SunSweepKernel kSunSweepKernelAvx512;

}  // namespace perilune::dem
