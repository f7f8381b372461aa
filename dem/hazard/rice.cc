#include "dem/hazard/rice.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace perilune::dem {

namespace {

/// exp(−x) I0(x), x ≥ 0: Abramowitz & Stegun 9.8.1 (x ≤ 3.75) and 9.8.2.
double ScaledBesselI0(double x) {
  if (x <= 3.75) {
    const double t = (x / 3.75) * (x / 3.75);
    const double series =
        1.0 + t * (3.5156229 +
                   t * (3.0899424 + t * (1.2067492 + t * (0.2659732 + t * (0.0360768 + t * 0.0045813)))));
    return std::exp(-x) * series;
  }
  const double t = 3.75 / x;
  const double series =
      0.39894228 +
      t * (0.01328592 +
           t * (0.00225319 +
                t * (-0.00157565 +
                     t * (0.00916281 +
                          t * (-0.02057706 + t * (0.02635537 + t * (-0.01647633 + t * 0.00392377)))))));
  return series / std::sqrt(x);
}

double RiceDensity(double x, double nu) {
  return x * std::exp(-0.5 * (x - nu) * (x - nu)) * ScaledBesselI0(x * nu);
}

}  // namespace

double RiceCdf(double x, double nu) {
  constexpr double kTail = 7.0;  // the mass beyond is under 1e-10
  const double from = std::max(0.0, nu - kTail);
  if (x <= from) return 0;
  if (x >= nu + kTail) return 1;
  // Gauss-Legendre, five points in panels of at most one sigma.
  constexpr std::array<double, 5> kNodes{-0.9061798459386640, -0.5384693101056831, 0.0, 0.5384693101056831,
                                         0.9061798459386640};
  constexpr std::array<double, 5> kWeights{0.2369268850561891, 0.4786286704993665, 0.5688888888888889,
                                           0.4786286704993665, 0.2369268850561891};
  const int panels = static_cast<int>(std::ceil(x - from));
  const double half = 0.5 * (x - from) / panels;
  double sum = 0;
  for (int panel = 0; panel < panels; ++panel) {
    const double middle = from + (2 * panel + 1) * half;
    for (std::size_t i = 0; i < kNodes.size(); ++i)
      sum += kWeights[i] * RiceDensity(middle + kNodes[i] * half, nu);
  }
  return std::clamp(sum * half, 0.0, 1.0);
}

double NormalCdf(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

}  // namespace perilune::dem
