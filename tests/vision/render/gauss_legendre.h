#pragma once

#include <cmath>
#include <vector>

#include "dem/frames/moon.h"

namespace perilune::test {

struct Quadrature {
  std::vector<double> nodes, weights;
};

/// Gauss-Legendre rule on [0, 1], exact for polynomials up to degree 2·count − 1.
inline Quadrature GaussLegendre(int count) {
  Quadrature rule;
  for (int i = 0; i < count; ++i) {
    double x = std::cos(dem::kPi * (i + 0.75) / (count + 0.5)), slope = 0;
    for (int step = 0; step < 50; ++step) {
      double before = 1, here = x;
      for (int n = 2; n <= count; ++n) {
        const double next = ((2 * n - 1) * x * here - (n - 1) * before) / n;
        before = here;
        here = next;
      }
      slope = count * (x * here - before) / (x * x - 1);
      x -= here / slope;
      if (std::abs(here / slope) < 1e-15) break;
    }
    rule.nodes.push_back((1 - x) / 2);
    rule.weights.push_back(1 / ((1 - x * x) * slope * slope));
  }
  return rule;
}

}  // namespace perilune::test
