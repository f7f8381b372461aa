#pragma once

#include <cmath>
#include <vector>

#include "tests/vision/render/gauss_legendre.h"

namespace perilune::test {

/// Chandrasekhar's H for isotropic scatterers at the nodes of a rule, by iteration of its integral equation
/// 1/H(x) = γ + w/2 ∫ x' H(x') / (x + x') dx'.
inline std::vector<double> ExactH(double w, const Quadrature& rule) {
  std::vector<double> h(rule.nodes.size(), 1.0), next = h;
  for (int pass = 0; pass < 200; ++pass) {
    for (std::size_t i = 0; i < h.size(); ++i) {
      double sum = 0;
      for (std::size_t k = 0; k < h.size(); ++k) {
        sum += rule.weights[k] * rule.nodes[k] * h[k] / (rule.nodes[i] + rule.nodes[k]);
      }
      next[i] = 1 / (std::sqrt(1 - w) + w / 2 * sum);
    }
    h = next;
  }
  return h;
}

}  // namespace perilune::test
