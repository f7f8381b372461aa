#pragma once

#include <cstdint>
#include <span>

#include "dem/terrain/simd_level.h"

namespace perilune::dem {

/// RandomNormal(seed, stream, ·) of first_index, first_index + 1, … in single precision, to within 3e-6 of it
/// (Box-Muller of the same draws). All instruction sets give the same bytes.
void SingleNormals(std::uint64_t seed, std::uint64_t stream, std::uint64_t first_index,
                   std::span<float> normals, SimdLevel simd = ChosenSimdLevel());

}  // namespace perilune::dem
