#include "dem/synthesis/patches.h"

#include <cmath>

#include "dem/synthesis/lattice_noise.h"

namespace perilune::dem {

std::vector<float> Patches::FactorsAt(const std::vector<double>& xs_m, const std::vector<double>& ys_m,
                                      std::uint64_t seed) const {
  std::vector<float> factors(xs_m.size() * ys_m.size());
  const double amplitude = sigma / std::sqrt(static_cast<double>(wavelengths_m.size())) / kLatticeSigma;
  for (const double wavelength_m : wavelengths_m) {
    const std::uint64_t own = stream + static_cast<std::uint64_t>(wavelength_m);
    AddNoise({wavelength_m, amplitude, own}, seed, xs_m, ys_m, factors);
  }
  // ⟨exp(m (σ g − s))⟩ = exp(m²σ²/2 − m s)
  const auto shift = static_cast<float>(moment * sigma * sigma / 2);
  for (float& factor : factors) factor = std::exp(factor - shift);
  return factors;
}

}  // namespace perilune::dem
