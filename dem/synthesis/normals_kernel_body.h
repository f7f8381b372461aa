// Random normals in single precision, compiled once for each instruction set: see normals_kernel.h.
#pragma once

#include "dem/synthesis/normals_kernel.h"
#include "dem/terrain/lanes.h"

namespace perilune::dem {
namespace {

static_assert(kNormalsPacket % kLanes == 0);

using WordVector = std::uint64_t __attribute__((vector_size(PERILUNE_VECTOR_BYTES)));

/// 64 bits for each lane of a vector of floats.
struct LaneWords {
  WordVector low, high;
};

// MixBits of random_bits.h.
PERILUNE_INLINE WordVector Mix(WordVector x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

PERILUNE_INLINE LaneWords Draws(std::uint64_t key, const LaneWords& index) {
  return {Mix(index.low ^ key), Mix(index.high ^ key)};
}

// Halves of 64 bits, of all lanes.
PERILUNE_INLINE IntVector UpperHalves(const LaneWords& w) {
  return NarrowMask(reinterpret_cast<LongVector>(w.low >> 32), reinterpret_cast<LongVector>(w.high >> 32));
}
PERILUNE_INLINE IntVector LowerHalves(const LaneWords& w) {
  return NarrowMask(reinterpret_cast<LongVector>(w.low), reinterpret_cast<LongVector>(w.high));
}

PERILUNE_INLINE FloatVector AsFloats(IntVector bits) { return reinterpret_cast<FloatVector>(bits); }
PERILUNE_INLINE FloatVector FromInts(IntVector v) { return __builtin_convertvector(v, FloatVector); }

// A share of 2^64, from its upper 48 bits: relative precision where it is small, too.
PERILUNE_INLINE FloatVector ShareOf(const LaneWords& w) {
  const IntVector upper = UpperHalves(w), lower = LowerHalves(w);
  constexpr int kLast16 = 0xffff;
  return FromInts((upper >> 16) & kLast16) * 0x1p-16F +
         (FromInts(upper & kLast16) * 0x1p-32F + FromInts((lower >> 16) & kLast16) * 0x1p-48F);
}

// ln (1 − r) for r in [0, 1): 1 − r = 2^e m with m within a factor √2 of 1, and ln m = 2 artanh s with
// s = (m − 1)/(m + 1), |s| ≤ 0.172: five terms reach below rounding.
PERILUNE_INLINE FloatVector LogarithmOfRest(const LaneWords& r) {
  constexpr float kLn2 = 0.69314718F, kLeast = 0x1p-53F;
  constexpr std::int32_t kSqrtHalf = 0x3f3504f3;  // its bits
  FloatVector u = ShareOf({~r.low, ~r.high});
  u = u < kLeast ? kLeast - FloatVector{} : u;
  const IntVector bits = reinterpret_cast<IntVector>(u);
  const IntVector e = (bits - kSqrtHalf) >> 23;
  const FloatVector m = AsFloats(bits - (e << 23));
  // Beside 1, r itself says more than u does.
  const FloatVector beyond = e == 0 ? -ShareOf(r) : m - 1.0F;
  const FloatVector s = beyond / (m + 1.0F), z = s * s;
  const FloatVector sum = 1.0F + z * (1.0F / 3 + z * (1.0F / 5 + z * (1.0F / 7 + z * (1.0F / 9))));
  return FromInts(e) * kLn2 + 2.0F * s * sum;
}

// cos 2πv for the share v: −sin x with x = 2π (¼ − |v − ½|), |x| ≤ π/2.
PERILUNE_INLINE FloatVector CosineOfTurn(const LaneWords& v) {
  constexpr float kTurn = 6.2831853F;
  const IntVector from_half = UpperHalves(v) ^ INT32_MIN;  // (v − ½) 2^32
  const IntVector distance = from_half ^ (from_half >> 31);
  const FloatVector x = FromInts((1 << 30) - distance) * (kTurn * 0x1p-32F), z = x * x;
  FloatVector sum = 1.0F - z * (1.0F / 110);
  sum = 1.0F - sum * z * (1.0F / 72);
  sum = 1.0F - sum * z * (1.0F / 42);
  sum = 1.0F - sum * z * (1.0F / 20);
  sum = 1.0F - sum * z * (1.0F / 6);
  return -x * sum;
}

void Normals(std::uint64_t key, std::uint64_t first_index, int count, float* normals) {
  constexpr std::uint64_t kHalf = kFloatsInVector / 2;
  WordVector lane;
  for (int i = 0; i < kDoublesInVector; ++i) lane[i] = 2 * static_cast<std::uint64_t>(i);
  for (int done = 0; done < count; done += kLanes) {
    Floats radius, cosine;
    for (int i = 0; i < kVectors; ++i) {
      const std::uint64_t index = 2 * (first_index + static_cast<std::uint64_t>(done + i * kFloatsInVector));
      const LaneWords even{lane + index, lane + (index + 2 * kHalf)};
      const LaneWords odd{even.low + 1, even.high + 1};
      radius.v[i] = -2.0F * LogarithmOfRest(Draws(key, even));
      cosine.v[i] = CosineOfTurn(Draws(key, odd));
    }
    Store(SquareRoot(radius) * cosine, normals + done);
  }
}

}  // namespace
}  // namespace perilune::dem
