#pragma once

#include <algorithm>

namespace perilune::dem {

/// Inside 0.95 radii of a crater nothing older of its size is left, outside 1.4 all.
inline constexpr float kWipedWithin = 0.95F, kKeptFrom = 1.4F;

/// Share that is left of what was there before, at a squared distance in radii; smooth in it.
constexpr float Kept(float rho2) {
  constexpr float kFrom = kWipedWithin * kWipedWithin, kTo = kKeptFrom * kKeptFrom;
  const float s = std::min(std::max((rho2 - kFrom) / (kTo - kFrom), 0.0F), 1.0F);
  return s * s * (3 - 2 * s);
}

/// ∫ f(Kept(ρ²)) dρ² to where all is kept.
template <typename Function>
constexpr double SumOverWiping(const Function& f) {
  constexpr int kRings = 400;
  constexpr double kEnd = static_cast<double>(kKeptFrom) * kKeptFrom;
  double sum = 0;
  for (int i = 0; i < kRings; ++i)
    sum += f(static_cast<double>(Kept(static_cast<float>((i + 0.5) * kEnd / kRings))));
  return sum * kEnd / kRings;
}

}  // namespace perilune::dem
