// PERILUNE_LANES lanes (32 unless said) of float, int32 and double on the compiler's vector extensions,
// PERILUNE_VECTOR_BYTES wide. For kernel files only, each of which is compiled for one instruction set:
// everything has internal linkage. An operation goes over all lanes before the next one: several vectors in
// turn hide each other's latency, one stays in registers.
#pragma once

#include <cstdint>
#include <type_traits>

#ifndef PERILUNE_VECTOR_BYTES
#error "PERILUNE_VECTOR_BYTES must be 16, 32 or 64"
#endif

#define PERILUNE_INLINE inline __attribute__((always_inline))

#include "dem/terrain/lane_conversions.h"

namespace perilune {
namespace {

#ifndef PERILUNE_LANES
#define PERILUNE_LANES 32
#endif

constexpr int kLanes = PERILUNE_LANES;
constexpr int kVectors = kLanes * 4 / PERILUNE_VECTOR_BYTES;  // of floats; twice as many of doubles
constexpr int kFloatsInVector = PERILUNE_VECTOR_BYTES / 4;
constexpr int kDoublesInVector = PERILUNE_VECTOR_BYTES / 8;

template <typename Vector, int kCount>
struct Pack {
  Vector v[kCount];
};

using Floats = Pack<FloatVector, kVectors>;
using Ints = Pack<IntVector, kVectors>;  // also masks: −1 where true
using Doubles = Pack<DoubleVector, 2 * kVectors>;
using Longs = Pack<LongVector, 2 * kVectors>;  // masks of doubles

#define PERILUNE_BINARY(op)                                                          \
  template <typename V, int n>                                                       \
  PERILUNE_INLINE Pack<V, n> operator op(const Pack<V, n>& a, const Pack<V, n>& b) { \
    Pack<V, n> r;                                                                    \
    for (int i = 0; i < n; ++i) r.v[i] = a.v[i] op b.v[i];                           \
    return r;                                                                        \
  }
PERILUNE_BINARY(+)
PERILUNE_BINARY(-)
PERILUNE_BINARY(*)
PERILUNE_BINARY(/)
PERILUNE_BINARY(&)
PERILUNE_BINARY(|)
#undef PERILUNE_BINARY

#define PERILUNE_COMPARE(op)                                                   \
  template <typename V, int n>                                                 \
  PERILUNE_INLINE auto operator op(const Pack<V, n>& a, const Pack<V, n>& b) { \
    Pack<decltype(V {} op V{}), n> r;                                          \
    for (int i = 0; i < n; ++i) r.v[i] = a.v[i] op b.v[i];                     \
    return r;                                                                  \
  }
PERILUNE_COMPARE(<)
PERILUNE_COMPARE(<=)
PERILUNE_COMPARE(>)
PERILUNE_COMPARE(>=)
PERILUNE_COMPARE(==)
#undef PERILUNE_COMPARE

template <typename V, int n>
PERILUNE_INLINE Pack<V, n> operator~(const Pack<V, n>& a) {
  Pack<V, n> r;
  for (int i = 0; i < n; ++i) r.v[i] = ~a.v[i];
  return r;
}

template <typename V, int n>
PERILUNE_INLINE Pack<V, n> operator-(const Pack<V, n>& a) {
  Pack<V, n> r;
  for (int i = 0; i < n; ++i) r.v[i] = -a.v[i];
  return r;
}

template <typename M, typename V, int n>
PERILUNE_INLINE Pack<V, n> Select(const Pack<M, n>& mask, const Pack<V, n>& yes, const Pack<V, n>& no) {
  Pack<V, n> r;
  for (int i = 0; i < n; ++i) r.v[i] = mask.v[i] ? yes.v[i] : no.v[i];
  return r;
}

template <typename V, int n>
PERILUNE_INLINE Pack<V, n> Min(const Pack<V, n>& a, const Pack<V, n>& b) {
  Pack<V, n> r;
  for (int i = 0; i < n; ++i) r.v[i] = a.v[i] < b.v[i] ? a.v[i] : b.v[i];
  return r;
}

template <typename V, int n>
PERILUNE_INLINE Pack<V, n> Max(const Pack<V, n>& a, const Pack<V, n>& b) {
  Pack<V, n> r;
  for (int i = 0; i < n; ++i) r.v[i] = a.v[i] > b.v[i] ? a.v[i] : b.v[i];
  return r;
}

template <typename P, typename T>
PERILUNE_INLINE P All(T value) {
  P r;
  for (auto& v : r.v) v = value - decltype(r.v[0] + r.v[0]){};
  return r;
}
PERILUNE_INLINE Floats AllFloats(float value) { return All<Floats>(value); }
PERILUNE_INLINE Ints AllInts(std::int32_t value) { return All<Ints>(value); }
PERILUNE_INLINE Doubles AllDoubles(double value) { return All<Doubles>(value); }

// Vector by vector: a copy of a whole pack goes through memory in pieces, and waits for them.
template <typename P, typename T>
PERILUNE_INLINE P Load(const T* from) {
  P r;
  constexpr int kInVector = static_cast<int>(sizeof r.v[0] / sizeof(T));
  static_assert(kInVector * sizeof(T) == sizeof r.v[0]);
  int i = 0;
  for (auto& v : r.v) __builtin_memcpy(&v, from + kInVector * i++, sizeof v);
  return r;
}
template <typename P, typename T>
PERILUNE_INLINE void Store(const P& pack, T* to) {
  constexpr int kInVector = static_cast<int>(sizeof pack.v[0] / sizeof(T));
  static_assert(kInVector * sizeof(T) == sizeof pack.v[0]);
  int i = 0;
  for (const auto& v : pack.v) __builtin_memcpy(to + kInVector * i++, &v, sizeof v);
}

PERILUNE_INLINE Floats ToFloats(const Doubles& d) {
  Floats r;
  for (int i = 0; i < kVectors; ++i) r.v[i] = ToFloat(d.v[2 * i], d.v[2 * i + 1]);
  return r;
}

template <typename Narrow>
PERILUNE_INLINE Doubles ToDoubles(const Pack<Narrow, kVectors>& a) {
  Doubles r;
  for (int i = 0; i < kVectors; ++i) {
    const TwoDoubleVectors both = ToDouble(a.v[i]);
    r.v[2 * i] = both.low, r.v[2 * i + 1] = both.high;
  }
  return r;
}

PERILUNE_INLINE Ints Narrow(const Longs& m) {
  Ints r;
  for (int i = 0; i < kVectors; ++i) r.v[i] = NarrowMask(m.v[2 * i], m.v[2 * i + 1]);
  return r;
}

PERILUNE_INLINE Longs Widen(const Ints& m) {
  Longs r;
  for (int i = 0; i < kVectors; ++i) {
    const TwoLongVectors both = WidenMask(m.v[i]);
    r.v[2 * i] = both.low, r.v[2 * i + 1] = both.high;
  }
  return r;
}

/// Towards zero.
PERILUNE_INLINE Ints ToInts(const Doubles& d) {
  Ints r;
  for (int i = 0; i < kVectors; ++i) r.v[i] = ToInt(d.v[2 * i], d.v[2 * i + 1]);
  return r;
}

PERILUNE_INLINE Floats ToFloats(const Ints& a) {
  Floats r;
  for (int i = 0; i < kVectors; ++i) r.v[i] = __builtin_convertvector(a.v[i], FloatVector);
  return r;
}

/// Towards zero.
PERILUNE_INLINE Ints ToInts(const Floats& a) {
  Ints r;
  for (int i = 0; i < kVectors; ++i) r.v[i] = __builtin_convertvector(a.v[i], IntVector);
  return r;
}

PERILUNE_INLINE Ints ShiftRight(const Ints& a, int bits) {
  Ints r;
  for (int i = 0; i < kVectors; ++i) r.v[i] = a.v[i] >> bits;
  return r;
}
/// Each lane by its own number of bits.
PERILUNE_INLINE Ints ShiftRight(const Ints& a, const Ints& bits) {
  Ints r;
  for (int i = 0; i < kVectors; ++i) r.v[i] = a.v[i] >> bits.v[i];
  return r;
}
PERILUNE_INLINE Ints ShiftLeft(const Ints& a, int bits) {
  Ints r;
  for (int i = 0; i < kVectors; ++i) r.v[i] = a.v[i] << bits;
  return r;
}

/// Of positive numbers, rounded down; beyond 2^24 up where the number is all but the next power of two.
PERILUNE_INLINE Ints Log2(const Ints& a) {
  constexpr int kMantissaBits = 23, kExponentBias = 127;
  Ints r;
  for (int i = 0; i < kVectors; ++i) {
    const FloatVector as_float = __builtin_convertvector(a.v[i], FloatVector);
    r.v[i] = (reinterpret_cast<IntVector>(as_float) >> kMantissaBits) - kExponentBias;
  }
  return r;
}

PERILUNE_INLINE bool Any(const Ints& mask) {
  IntVector all = mask.v[0];
  for (int i = 1; i < kVectors; ++i) all |= mask.v[i];
#if PERILUNE_VECTOR_BYTES == 16
  return __builtin_ia32_movmskps(reinterpret_cast<FloatVector>(all)) != 0;
#elif PERILUNE_VECTOR_BYTES == 32
  return __builtin_ia32_movmskps256(reinterpret_cast<FloatVector>(all)) != 0;
#else
  const HalfIntVector both = __builtin_shufflevector(all, all, 0, 1, 2, 3, 4, 5, 6, 7) |
                             __builtin_shufflevector(all, all, 8, 9, 10, 11, 12, 13, 14, 15);
  return __builtin_ia32_movmskps256(reinterpret_cast<HalfFloatVector>(both)) != 0;
#endif
}

PERILUNE_INLINE Doubles SquareRoot(const Doubles& d) {
  alignas(64) double values[kLanes];
  Store(d, values);
  for (int i = 0; i < kLanes; ++i) values[i] = __builtin_sqrt(values[i]);
  return Load<Doubles>(values);
}

PERILUNE_INLINE Floats Magnitude(const Floats& f) {
  Floats r;
  for (int i = 0; i < kVectors; ++i) {
    r.v[i] = reinterpret_cast<FloatVector>(reinterpret_cast<IntVector>(f.v[i]) & 0x7fffffff);
  }
  return r;
}

PERILUNE_INLINE Floats SquareRoot(const Floats& f) {
  alignas(64) float values[kLanes];
  Store(f, values);
  for (int i = 0; i < kLanes; ++i) values[i] = __builtin_sqrtf(values[i]);
  return Load<Floats>(values);
}

// By way of vectors of 16 bytes: a handful of instructions at any width.
using FourFloats = float __attribute__((vector_size(16)));
using TwoDoubles = double __attribute__((vector_size(16)));
template <typename V, int n>
PERILUNE_INLINE auto Lowest(const Pack<V, n>& values) {
  V all = values.v[0];
  for (int i = 1; i < n; ++i) all = values.v[i] < all ? values.v[i] : all;
  constexpr bool kSingle = std::is_same_v<V, FloatVector>;
  using Part = std::conditional_t<kSingle, FourFloats, TwoDoubles>;
  constexpr int kParts = PERILUNE_VECTOR_BYTES / 16;
  Part parts[kParts];
  static_assert(sizeof parts == sizeof all);
  __builtin_memcpy(parts, &all, sizeof all);
  Part low = parts[0];
  for (int i = 1; i < kParts; ++i) low = parts[i] < low ? parts[i] : low;
  if constexpr (kSingle) {
    const Part other = __builtin_shufflevector(low, low, 2, 3, 0, 1);
    low = other < low ? other : low;
  }
  return low[1] < low[0] ? low[1] : low[0];
}

using PairVector = std::int64_t __attribute__((vector_size(PERILUNE_VECTOR_BYTES)));

PERILUNE_INLINE std::int64_t LoadPair(const float* from) {
  std::int64_t pair;
  __builtin_memcpy(&pair, from, sizeof pair);
  return pair;
}

struct EvenOdd {
  FloatVector even, odd;
};

// Two neighbouring floats for each lane of one vector, at from[index[lane]].
PERILUNE_INLINE EvenOdd GatherPairs(const float* from, const std::uint32_t* index) {
  const auto pair = [&](int lane) { return LoadPair(from + index[lane]); };
#if PERILUNE_VECTOR_BYTES == 16
  const PairVector first = {pair(0), pair(1)}, second = {pair(2), pair(3)};
  const FloatVector a = reinterpret_cast<FloatVector>(first), b = reinterpret_cast<FloatVector>(second);
  return {__builtin_shufflevector(a, b, 0, 2, 4, 6), __builtin_shufflevector(a, b, 1, 3, 5, 7)};
#elif PERILUNE_VECTOR_BYTES == 32
  const PairVector first = {pair(0), pair(1), pair(4), pair(5)};
  const PairVector second = {pair(2), pair(3), pair(6), pair(7)};
  const FloatVector a = reinterpret_cast<FloatVector>(first), b = reinterpret_cast<FloatVector>(second);
  return {__builtin_shufflevector(a, b, 0, 2, 8, 10, 4, 6, 12, 14),
          __builtin_shufflevector(a, b, 1, 3, 9, 11, 5, 7, 13, 15)};
#else
  const PairVector first = {pair(0), pair(1), pair(4), pair(5), pair(8), pair(9), pair(12), pair(13)};
  const PairVector second = {pair(2), pair(3), pair(6), pair(7), pair(10), pair(11), pair(14), pair(15)};
  const FloatVector a = reinterpret_cast<FloatVector>(first), b = reinterpret_cast<FloatVector>(second);
  return {__builtin_shufflevector(a, b, 0, 2, 16, 18, 4, 6, 20, 22, 8, 10, 24, 26, 12, 14, 28, 30),
          __builtin_shufflevector(a, b, 1, 3, 17, 19, 5, 7, 21, 23, 9, 11, 25, 27, 13, 15, 29, 31)};
#endif
}

PERILUNE_INLINE Floats Gather(const float* from, const Ints& index) {
  alignas(64) std::uint32_t at[kLanes];
  alignas(64) float values[kLanes];
  Store(index, at);
  for (int i = 0; i < kLanes; ++i) values[i] = from[at[i]];
  return Load<Floats>(values);
}

}  // namespace
}  // namespace perilune
