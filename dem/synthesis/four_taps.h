#pragma once

#include <array>
#include <cmath>
#include <vector>

namespace perilune::dem {

/// One line of a separable four-point interpolation: the first of four lattice lines, and their weights.
struct FourTaps {
  long first = 0;
  std::array<double, 4> weight{};
};

/// Weights of the uniform cubic B-spline at fraction f in [0, 1) (C2, approximating).
inline std::array<double, 4> BSplineWeights(double f) {
  const double g = 1 - f;
  return {g * g * g / 6, (4 - 6 * f * f + 3 * f * f * f) / 6, (4 - 6 * g * g + 3 * g * g * g) / 6,
          f * f * f / 6};
}

/// Weights of the Catmull-Rom spline at fraction f in [0, 1) (C1, interpolating).
inline std::array<double, 4> CatmullRomWeights(double f) {
  const double f2 = f * f, f3 = f2 * f;
  return {(-f3 + 2 * f2 - f) / 2, (3 * f3 - 5 * f2 + 2) / 2, (-3 * f3 + 4 * f2 + f) / 2, (f3 - f2) / 2};
}

/// Taps of each of `positions`, in lattice cells: lattice lines floor(p) − 1 … floor(p) + 2.
template <typename Weights>
std::vector<FourTaps> TapsAt(const std::vector<double>& positions, Weights weights) {
  std::vector<FourTaps> taps;
  taps.reserve(positions.size());
  for (double p : positions) {
    const double whole = std::floor(p);
    taps.push_back({static_cast<long>(whole) - 1, weights(p - whole)});
  }
  return taps;
}

}  // namespace perilune::dem
