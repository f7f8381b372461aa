// Layers of the ground, compiled once for each instruction set: plain loops that the compiler makes vectors
// of.
#pragma once

#include <limits>

#include "dem/hazard/layer_kernel.h"

namespace perilune::dem {
namespace {

void StepOfRow(const float* __restrict above, const float* __restrict here, const float* __restrict below,
               std::int32_t count, float* __restrict step_m) {
  for (std::int32_t i = 0; i < count; ++i) {
    const float middle = here[i];
    float most = 0, missing = 0;
    const auto look = [&](float z) {
      const float difference = __builtin_fabsf(z - middle);
      most = difference > most ? difference : most;
      missing += z - z;  // NaN stays
    };
    look(above[i - 1]);
    look(above[i]);
    look(above[i + 1]);
    look(here[i - 1]);
    look(middle);
    look(here[i + 1]);
    look(below[i - 1]);
    look(below[i]);
    look(below[i + 1]);
    step_m[i] = most + missing;
  }
}

void GradientOfRow(const InverseMetricLine& line, const float* __restrict mean_m,
                   const float* __restrict per_col_m, const float* __restrict per_row_m, std::int32_t count,
                   float* __restrict gradient) {
  constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();
  for (std::int32_t i = 0; i < count; ++i) {
    const double along = i, a = per_col_m[i], b = per_row_m[i];
    const double cc = line.cc + along * line.step_cc, cr = line.cr + along * line.step_cr;
    const double rr = line.rr + along * line.step_rr;
    const double squared = cc * a * a + 2 * cr * a * b + rr * b * b;
    const double run = 1 + mean_m[i] / line.radius_m;
    const auto tangent = static_cast<float>(__builtin_sqrt(squared > 0 ? squared : 0) / run);
    gradient[i] = squared == squared ? tangent : kMissing;
  }
}

void AngleOfRow(const float* __restrict tangent, std::int32_t count, float* __restrict angle_rad) {
  constexpr float kHalfPi = 1.57079632679489662F, kQuarterPi = 0.785398163397448310F;
  constexpr float kTanOf67 = 2.414213562373095F, kTanOf22 = 0.414213562373095F;
  for (std::int32_t i = 0; i < count; ++i) {
    // To angles below an eighth of a half turn.
    const float t = tangent[i];
    const bool steep = t > kTanOf67, middling = t > kTanOf22;
    const float above = steep ? -1.0F : middling ? t - 1 : t;
    const float under = steep ? t : middling ? t + 1 : 1.0F;
    const float from = steep ? kHalfPi : middling ? kQuarterPi : 0.0F;
    const float x = above / under, z = x * x;
    const float series =
        (((8.05374449538e-2F * z - 1.38776856032e-1F) * z + 1.99777106478e-1F) * z - 3.33329491539e-1F) * z;
    angle_rad[i] = from + (series * x + x);
  }
}

}  // namespace
}  // namespace perilune::dem
