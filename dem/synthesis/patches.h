#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace perilune::dem {

/// How a property of the ground differs from place to place: by factors exp(σ g − …) with g smooth and of
/// unit variance, made of lattice noise of some wavelengths in equal parts.
struct Patches {
  double sigma = 0;  ///< of the factor's logarithm
  std::span<const double> wavelengths_m;
  std::uint64_t stream = 0;
  /// The factor's moment that is 1 on average: 1 for what adds up by itself, 2 for amplitudes.
  int moment = 1;

  /// The factors at xs × ys: row-major, one row for each of `ys_m`, which fall. A pure function of position.
  std::vector<float> FactorsAt(const std::vector<double>& xs_m, const std::vector<double>& ys_m,
                               std::uint64_t seed) const;
};

}  // namespace perilune::dem
