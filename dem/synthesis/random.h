#pragma once

#include <cstdint>
#include <span>

namespace perilune::dem {

/// Random numbers from a counter: a value depends on (seed, stream, index) alone, never on what was drawn
/// before. A strong 64-bit mixer (SplitMix64's finaliser applied in turn to the three words).
std::uint64_t RandomBits(std::uint64_t seed, std::uint64_t stream, std::uint64_t index);

/// One word for a cell of a lattice, to draw with.
inline std::uint64_t CellKey(std::int64_t column, std::int64_t row) {
  return (static_cast<std::uint64_t>(column) << 32) ^ (static_cast<std::uint64_t>(row) & 0xffffffffULL);
}

/// Uniform in [0, 1) with 53 bits.
double RandomUniform(std::uint64_t seed, std::uint64_t stream, std::uint64_t index);

/// Standard normal (Box-Muller of draws 2·index and 2·index + 1).
double RandomNormal(std::uint64_t seed, std::uint64_t stream, std::uint64_t index);

/// RandomNormal of first_index, first_index + 1, …, to within 2e-14 of it, at a third of the cost: logarithm
/// and cosine are polynomials over whole blocks. The same bytes on every x86-64.
void RandomNormals(std::uint64_t seed, std::uint64_t stream, std::uint64_t first_index,
                   std::span<double> normals);

/// Poisson count of the given mean (inversion below 30, else rounded normal approximation).
int RandomPoisson(double mean, std::uint64_t seed, std::uint64_t stream, std::uint64_t index);

}  // namespace perilune::dem
