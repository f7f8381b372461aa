#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include <Eigen/Core>

#include "dem/frames/moon.h"
#include "dem/synthesis/random.h"
#include "dem/synthesis/random_bits.h"

namespace perilune::dem {
namespace {

constexpr std::size_t kBlock = 256;
using Block = std::array<double, kBlock>;

/// ln u, u in (0, 1]: u = 2^e m with m within a factor √2 of 1, and ln m = 2 artanh s with s = (m − 1)/(m +
/// 1), |s| ≤ 0.172: eleven terms reach below rounding.
void Logarithms(const Block& u, Block& logs) {
  constexpr double kLn2 = 0.693147180559945309417;
  constexpr std::uint64_t kSqrtHalf = std::bit_cast<std::uint64_t>(0.70710678118654752440);
  // 2^52 with e + 1024 in its last bits: the quick way from a small integer to a double.
  constexpr std::uint64_t kMagic = std::bit_cast<std::uint64_t>(0x1p52);
  for (std::size_t i = 0; i < kBlock; ++i) {
    const std::uint64_t bits = std::bit_cast<std::uint64_t>(u[i]);
    const std::uint64_t shifted = bits - kSqrtHalf + (std::uint64_t{1024} << 52);
    const std::uint64_t biased = shifted >> 52;  // e + 1024
    const double e = std::bit_cast<double>(kMagic | biased) - (0x1p52 + 1024);
    const double m = std::bit_cast<double>(bits - ((biased - 1024) << 52));
    const double s = (m - 1) / (m + 1), z = s * s;
    double sum = 1.0 / 23;
    for (int k = 21; k >= 1; k -= 2) sum = sum * z + 1.0 / k;
    logs[i] = e * kLn2 + 2 * s * sum;
  }
}

/// cos 2πv, v in [0, 1): −sin x with x = 2π (¼ − |v − ½|), |x| ≤ π/2, whose series ends below rounding at
/// x²³.
void Cosines(const Block& v, Block& cosines) {
  for (std::size_t i = 0; i < kBlock; ++i) {
    const double x = 2 * kPi * (0.25 - std::abs(v[i] - 0.5)), z = x * x;
    double sum = 1;
    for (int k = 22; k >= 2; k -= 2) sum = 1 - sum * z * (1.0 / (k * (k + 1)));
    cosines[i] = -x * sum;
  }
}

}  // namespace

void RandomNormals(std::uint64_t seed, std::uint64_t stream, std::uint64_t first_index,
                   std::span<double> normals) {
  const std::uint64_t key = MixBits(MixBits(seed) ^ stream);
  Block u, v, logs, cosines;
  for (std::size_t done = 0; done < normals.size(); done += kBlock) {
    for (std::size_t i = 0; i < kBlock; ++i) {
      const std::uint64_t index = 2 * (first_index + done + i);
      u[i] = 1.0 - static_cast<double>(static_cast<std::int64_t>(MixBits(key ^ index) >> 11)) * 0x1p-53;
      v[i] = static_cast<double>(static_cast<std::int64_t>(MixBits(key ^ (index + 1)) >> 11)) * 0x1p-53;
    }
    Logarithms(u, logs);
    Cosines(v, cosines);
    Eigen::Map<Eigen::ArrayXd> radius(logs.data(), kBlock);
    radius = (-2 * radius).sqrt() * Eigen::Map<const Eigen::ArrayXd>(cosines.data(), kBlock);
    const std::size_t count = std::min(kBlock, normals.size() - done);
    std::copy_n(logs.begin(), count, normals.begin() + static_cast<std::ptrdiff_t>(done));
  }
}

}  // namespace perilune::dem
