#include "dem/synthesis/single_normals.h"

#include <algorithm>
#include <array>

#include "dem/synthesis/normals_kernel.h"
#include "dem/synthesis/random_bits.h"

namespace perilune::dem {
namespace {

const NormalsKernel& NormalsKernelOf(SimdLevel level) {
  return ForLevel(level, kNormalsKernelSse2, kNormalsKernelAvx2, kNormalsKernelAvx512);
}

}  // namespace

void SingleNormals(std::uint64_t seed, std::uint64_t stream, std::uint64_t first_index,
                   std::span<float> normals, SimdLevel simd) {
  const auto kernel = NormalsKernelOf(simd).normals;
  const std::uint64_t key = MixBits(MixBits(seed) ^ stream);
  const std::size_t whole = normals.size() / kNormalsPacket * kNormalsPacket;
  kernel(key, first_index, static_cast<int>(whole), normals.data());
  if (whole == normals.size()) return;
  std::array<float, kNormalsPacket> last;
  kernel(key, first_index + whole, kNormalsPacket, last.data());
  std::copy_n(last.begin(), normals.size() - whole, normals.begin() + static_cast<std::ptrdiff_t>(whole));
}

}  // namespace perilune::dem
