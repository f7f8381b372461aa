// Conversions between vectors of one width whose elements differ in size: two vectors of the wide type for
// one of the narrow. Part of lanes.h. GCC 12 lowers __builtin_convertvector between them to pieces that go
// through memory, hence its own builtins; clang has no need of them.
#pragma once

#include <cstdint>

namespace perilune {
namespace {

using FloatVector = float __attribute__((vector_size(PERILUNE_VECTOR_BYTES)));
using IntVector = std::int32_t __attribute__((vector_size(PERILUNE_VECTOR_BYTES)));
using DoubleVector = double __attribute__((vector_size(PERILUNE_VECTOR_BYTES)));
using LongVector = decltype(DoubleVector{} < DoubleVector{});
using HalfFloatVector = float __attribute__((vector_size(PERILUNE_VECTOR_BYTES / 2)));
using HalfIntVector = std::int32_t __attribute__((vector_size(PERILUNE_VECTOR_BYTES / 2)));

struct TwoDoubleVectors {
  DoubleVector low, high;
};
struct TwoLongVectors {
  LongVector low, high;
};

#if PERILUNE_VECTOR_BYTES == 16
#define PERILUNE_LOW 0, 1
#define PERILUNE_HIGH 2, 3
#define PERILUNE_ALL 0, 1, 2, 3
#define PERILUNE_EVEN 0, 2, 4, 6
#elif PERILUNE_VECTOR_BYTES == 32
#define PERILUNE_LOW 0, 1, 2, 3
#define PERILUNE_HIGH 4, 5, 6, 7
#define PERILUNE_ALL 0, 1, 2, 3, 4, 5, 6, 7
#define PERILUNE_EVEN 0, 2, 4, 6, 8, 10, 12, 14
#else
#define PERILUNE_LOW 0, 1, 2, 3, 4, 5, 6, 7
#define PERILUNE_HIGH 8, 9, 10, 11, 12, 13, 14, 15
#define PERILUNE_ALL 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
#define PERILUNE_EVEN 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
#endif

#if defined(__clang__)

PERILUNE_INLINE DoubleVector HalfToDouble(HalfFloatVector v) {
  return __builtin_convertvector(v, DoubleVector);
}
PERILUNE_INLINE DoubleVector HalfToDouble(HalfIntVector v) {
  return __builtin_convertvector(v, DoubleVector);
}
PERILUNE_INLINE HalfFloatVector HalfToFloat(DoubleVector v) {
  return __builtin_convertvector(v, HalfFloatVector);
}
PERILUNE_INLINE HalfIntVector HalfToInt(DoubleVector v) { return __builtin_convertvector(v, HalfIntVector); }
PERILUNE_INLINE LongVector HalfToLong(HalfIntVector v) { return __builtin_convertvector(v, LongVector); }

#elif PERILUNE_VECTOR_BYTES == 32

PERILUNE_INLINE DoubleVector HalfToDouble(HalfFloatVector v) { return __builtin_ia32_cvtps2pd256(v); }
PERILUNE_INLINE DoubleVector HalfToDouble(HalfIntVector v) { return __builtin_ia32_cvtdq2pd256(v); }
PERILUNE_INLINE HalfFloatVector HalfToFloat(DoubleVector v) { return __builtin_ia32_cvtpd2ps256(v); }
PERILUNE_INLINE HalfIntVector HalfToInt(DoubleVector v) { return __builtin_ia32_cvttpd2dq256(v); }
PERILUNE_INLINE LongVector HalfToLong(HalfIntVector v) {
  return reinterpret_cast<LongVector>(__builtin_ia32_pmovsxdq256(v));
}

#elif PERILUNE_VECTOR_BYTES == 64

constexpr int kAsSet = 4;  // the rounding mode
PERILUNE_INLINE DoubleVector HalfToDouble(HalfFloatVector v) {
  return __builtin_ia32_cvtps2pd512_mask(v, DoubleVector{}, -1, kAsSet);
}
PERILUNE_INLINE DoubleVector HalfToDouble(HalfIntVector v) {
  return __builtin_ia32_cvtdq2pd512_mask(v, DoubleVector{}, -1);
}
PERILUNE_INLINE HalfFloatVector HalfToFloat(DoubleVector v) {
  return __builtin_ia32_cvtpd2ps512_mask(v, HalfFloatVector{}, -1, kAsSet);
}
PERILUNE_INLINE HalfIntVector HalfToInt(DoubleVector v) {
  return __builtin_ia32_cvttpd2dq512_mask(v, HalfIntVector{}, -1, kAsSet);
}
PERILUNE_INLINE LongVector HalfToLong(HalfIntVector v) {
  using Long = long long __attribute__((vector_size(64)));
  return reinterpret_cast<LongVector>(__builtin_ia32_pmovsxdq512_mask(v, Long{}, -1));
}

#endif

#if PERILUNE_VECTOR_BYTES == 16 && !defined(__clang__)

PERILUNE_INLINE TwoDoubleVectors ToDouble(FloatVector v) {
  return {__builtin_ia32_cvtps2pd(v), __builtin_ia32_cvtps2pd(__builtin_shufflevector(v, v, 2, 3, 2, 3))};
}
PERILUNE_INLINE TwoDoubleVectors ToDouble(IntVector v) {
  return {__builtin_ia32_cvtdq2pd(v), __builtin_ia32_cvtdq2pd(__builtin_shufflevector(v, v, 2, 3, 2, 3))};
}
PERILUNE_INLINE FloatVector ToFloat(DoubleVector low, DoubleVector high) {
  return __builtin_shufflevector(__builtin_ia32_cvtpd2ps(low), __builtin_ia32_cvtpd2ps(high), 0, 1, 4, 5);
}
/// Towards zero.
PERILUNE_INLINE IntVector ToInt(DoubleVector low, DoubleVector high) {
  return __builtin_shufflevector(__builtin_ia32_cvttpd2dq(low), __builtin_ia32_cvttpd2dq(high), 0, 1, 4, 5);
}
/// Of masks.
PERILUNE_INLINE TwoLongVectors WidenMask(IntVector v) {
  return {reinterpret_cast<LongVector>(__builtin_shufflevector(v, v, 0, 0, 1, 1)),
          reinterpret_cast<LongVector>(__builtin_shufflevector(v, v, 2, 2, 3, 3))};
}

#else

PERILUNE_INLINE TwoDoubleVectors ToDouble(FloatVector v) {
  return {HalfToDouble(__builtin_shufflevector(v, v, PERILUNE_LOW)),
          HalfToDouble(__builtin_shufflevector(v, v, PERILUNE_HIGH))};
}
PERILUNE_INLINE TwoDoubleVectors ToDouble(IntVector v) {
  return {HalfToDouble(__builtin_shufflevector(v, v, PERILUNE_LOW)),
          HalfToDouble(__builtin_shufflevector(v, v, PERILUNE_HIGH))};
}
PERILUNE_INLINE FloatVector ToFloat(DoubleVector low, DoubleVector high) {
  return __builtin_shufflevector(HalfToFloat(low), HalfToFloat(high), PERILUNE_ALL);
}
/// Towards zero.
PERILUNE_INLINE IntVector ToInt(DoubleVector low, DoubleVector high) {
  return __builtin_shufflevector(HalfToInt(low), HalfToInt(high), PERILUNE_ALL);
}
/// Of masks.
PERILUNE_INLINE TwoLongVectors WidenMask(IntVector v) {
  return {HalfToLong(__builtin_shufflevector(v, v, PERILUNE_LOW)),
          HalfToLong(__builtin_shufflevector(v, v, PERILUNE_HIGH))};
}

#endif

/// Of masks.
PERILUNE_INLINE IntVector NarrowMask(LongVector low, LongVector high) {
  return __builtin_shufflevector(reinterpret_cast<IntVector>(low), reinterpret_cast<IntVector>(high),
                                 PERILUNE_EVEN);
}

#undef PERILUNE_LOW
#undef PERILUNE_HIGH
#undef PERILUNE_ALL
#undef PERILUNE_EVEN

}  // namespace
}  // namespace perilune
