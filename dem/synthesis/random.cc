#include "dem/synthesis/random.h"

#include <algorithm>
#include <cmath>

#include "dem/frames/moon.h"
#include "dem/synthesis/random_bits.h"

namespace perilune::dem {

std::uint64_t RandomBits(std::uint64_t seed, std::uint64_t stream, std::uint64_t index) {
  return MixBits(MixBits(MixBits(seed) ^ stream) ^ index);
}

double RandomUniform(std::uint64_t seed, std::uint64_t stream, std::uint64_t index) {
  return static_cast<double>(RandomBits(seed, stream, index) >> 11) * 0x1p-53;
}

double RandomNormal(std::uint64_t seed, std::uint64_t stream, std::uint64_t index) {
  const double u = 1.0 - RandomUniform(seed, stream, 2 * index);  // (0, 1]: the logarithm is finite
  const double v = RandomUniform(seed, stream, 2 * index + 1);
  return std::sqrt(-2 * std::log(u)) * std::cos(2 * kPi * v);
}

int RandomPoisson(double mean, std::uint64_t seed, std::uint64_t stream, std::uint64_t index) {
  if (mean >= 30) {
    return std::max(
        0, static_cast<int>(std::lround(mean + std::sqrt(mean) * RandomNormal(seed, stream, index))));
  }
  const double u = RandomUniform(seed, stream, index);
  double term = std::exp(-mean), sum = term;
  int k = 0;
  while (u > sum && k < 200) sum += term *= mean / ++k;
  return k;
}

}  // namespace perilune::dem
