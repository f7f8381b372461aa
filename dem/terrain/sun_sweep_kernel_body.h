// The running horizon over parallel lines, compiled once for each instruction set. Plain loops over lines:
// the compiler makes vectors of them.
#pragma once

#include "dem/terrain/sun_sweep_kernel.h"

namespace perilune::dem {
namespace {

inline float Higher(float candidate, float horizon) { return candidate > horizon ? candidate : horizon; }

// `arriving` is the horizon as the lines come in. What they meet on the way in, at grid lines of the other
// family, counts from here on: a ray from a grid point meets none before the next line. A candidate that is
// missing leaves a horizon as it is.
void Advance(const float* __restrict met, const float* __restrict crossed, float down_m, float from_crossed_m,
             int lines, float* __restrict horizon, float* __restrict arriving) {
  if (crossed != nullptr) {
    for (int i = 0; i < lines; ++i) {
      const float here = horizon[i] - down_m;
      arriving[i] = here;
      horizon[i] = Higher(met[i], Higher(crossed[i] - from_crossed_m, here));
    }
    return;
  }
  for (int i = 0; i < lines; ++i) {
    const float here = horizon[i] - down_m;
    arriving[i] = here;
    horizon[i] = Higher(met[i], here);
  }
}

// The same, forgetting what lies beyond missing data.
void AdvanceSinceGap(const float* __restrict met, const float* __restrict crossed, float down_m,
                     float from_crossed_m, int lines, float* __restrict horizon, float* __restrict arriving) {
  constexpr float kNothing = -3e38F;
  for (int i = 0; i < lines; ++i) {
    float here = horizon[i] - down_m;
    arriving[i] = here;
    if (crossed != nullptr) {
      here = crossed[i] != crossed[i] ? kNothing : Higher(crossed[i] - from_crossed_m, here);
    }
    horizon[i] = met[i] != met[i] ? kNothing : Higher(met[i], here);
  }
}

// Between two lines the horizon is linear, and doubtful by as much as a kink between them could change it:
// f (1 − f) of the change of slope, which the lines on either side show. Cell i lies between lines i + 1 and
// i + 2.
void Judge(const float* __restrict row, const float* __restrict arriving, float fraction, float lift_m,
           float margin_m, int cells, std::int32_t* __restrict shaded, std::int32_t* __restrict doubt) {
  const float share = fraction * (1 - fraction);
  for (int i = 0; i < cells; ++i) {
    const float before = arriving[i + 1] - arriving[i];
    const float here = arriving[i + 2] - arriving[i + 1];
    const float after = arriving[i + 3] - arriving[i + 2];
    const float bend = here - before, next_bend = after - here;
    const float bends = (bend < 0 ? -bend : bend) + (next_bend < 0 ? -next_bend : next_bend);
    const float above = row[i + 1] + lift_m - (arriving[i + 1] + fraction * here);
    shaded[i] += above > 0 ? 0 : 1;
    doubt[i] |= (above < 0 ? -above : above) > share * bends + margin_m ? 0 : 1;
  }
}

// Dark, but only by ground beyond missing data: a ray may have lost itself there.
void JudgeGap(const float* __restrict row, const float* __restrict arriving, float margin_m, int cells,
              const std::int32_t* __restrict shaded, std::int32_t before, std::int32_t* __restrict doubt) {
  for (int i = 0; i < cells; ++i) {
    const float lower = arriving[i + 1] < arriving[i + 2] ? arriving[i + 1] : arriving[i + 2];
    doubt[i] |= shaded[i] > before && !(lower > row[i + 1] + margin_m) ? 1 : 0;
  }
}

void Step(const SunSweepStep& step, const SunHorizons& horizons, int lines, std::uint8_t* codes) {
  alignas(64) float met[kSunLines], crossed[kSunLines], arriving[kSunLines];
  alignas(64) std::int32_t shaded[kSunLines] = {}, doubt[kSunLines] = {};
  const float f = step.fraction, share = step.crossed_share;
  const bool crosses = share >= 0;
  if (f > 0) {
    for (int i = 0; i < lines; ++i) met[i] = f * step.row[i - 1] + (1 - f) * step.row[i];
  } else {
    for (int i = 0; i < lines; ++i) met[i] = step.row[i];
  }
  if (crosses) {
    const float* here = step.row + step.crossed;
    const float* before = step.previous + step.crossed;
    for (int i = 0; i < lines; ++i) crossed[i] = (1 - share) * here[i] + share * before[i];
  }
  const int cells = lines - kSunLinesMore;
  for (int k = 0; k < horizons.count; ++k) {
    const float down_m = step.step_m * horizons.tangents[k];
    const float from_crossed_m = share * down_m;
    const float* at = crosses ? crossed : nullptr;
    Advance(met, at, down_m, from_crossed_m, lines, horizons.height_m + k * horizons.stride, arriving);
    Judge(step.row, arriving, f, step.start_above_m, step.margin_m, cells, shaded, doubt);
    if (horizons.since_gap_m == nullptr) continue;
    AdvanceSinceGap(met, at, down_m, from_crossed_m, lines, horizons.since_gap_m + k * horizons.stride,
                    arriving);
    JudgeGap(step.row, arriving, step.margin_m, cells, shaded, k, doubt);
  }
  for (int i = 0; i < cells; ++i) {
    codes[i] = static_cast<std::uint8_t>(shaded[i] | (doubt[i] != 0 ? kSunDoubt : 0));
  }
}

}  // namespace
}  // namespace perilune::dem
