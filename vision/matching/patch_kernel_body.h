// Sums over the pixels of a patch, compiled once for each instruction set: of single-precision numbers along
// a row, of double-precision ones over the rows.
#pragma once

#define PERILUNE_LANES 16
#include "dem/terrain/lanes.h"
#include "vision/matching/patch_kernel.h"

namespace perilune::vision {
namespace {

static_assert(kLanes == kPatchLanes);

// `n` sums side by side.
template <int n>
struct RowSums {
  Floats row[n];
  Doubles all[n];

  PERILUNE_INLINE RowSums() {
    for (int i = 0; i < n; ++i) all[i] = AllDoubles(0);
  }
  PERILUNE_INLINE void BeginRow() {
    for (int i = 0; i < n; ++i) row[i] = AllFloats(0);
  }
  PERILUNE_INLINE void EndRow() {
    for (int i = 0; i < n; ++i) all[i] = all[i] + ToDoubles(row[i]);
  }
  PERILUNE_INLINE void Total(double* sums) const {
    alignas(64) double lanes[kLanes];
    for (int i = 0; i < n; ++i) {
      Store(all[i], lanes);
      sums[i] = 0;
      for (int lane = 0; lane < kLanes; ++lane) sums[i] += lanes[lane];
    }
  }
};

void Prepare(const PatchSize& size, const float* ground, float mean, const PatchTemplatePlanes& planes,
             double sums[10]) {
  RowSums<10> s;
  const Floats half = AllFloats(0.5F), less = AllFloats(mean);
  for (int row = 0; row < size.rows; ++row) {
    s.BeginRow();
    const float* here = ground + row * size.stride;
    for (int col = 0; col < size.packed; col += kLanes) {
      const int at = row * size.stride + col;
      const Floats w = Load<Floats>(planes.weight + at);
      const Floats v = Load<Floats>(here + col) - less;
      const Floats dx = (Load<Floats>(here + col + 1) - Load<Floats>(here + col - 1)) * half;
      const Floats dy =
          (Load<Floats>(here + col + size.stride) - Load<Floats>(here + col - size.stride)) * half;
      const Floats wx = w * dx, wy = w * dy, wv = w * v;
      Store(v, planes.value + at);
      Store(dx, planes.dx + at);
      Store(dy, planes.dy + at);
      Store(SquareRoot(w), planes.root + at);
      Store(wv, planes.weighted_value + at);
      Store(wx, planes.weighted_dx + at);
      Store(wy, planes.weighted_dy + at);
      const Floats terms[10] = {wx * dx, wx * dy, wx * v, wx, wy * dy, wy * v, wy, wv * v, wv, w};
      for (int i = 0; i < 10; ++i) s.row[i] = s.row[i] + terms[i];
    }
    s.EndRow();
  }
  s.Total(sums);
}

PERILUNE_INLINE Floats SampleAt(const PatchSample& sample, int row, int col) {
  const float* top = sample.first + row * sample.stride + col;
  const float* bottom = top + sample.stride;
  const Floats left = AllFloats(sample.left), right = AllFloats(sample.right);
  return AllFloats(sample.top) * (left * Load<Floats>(top) + right * Load<Floats>(top + 1)) +
         AllFloats(sample.bottom) * (left * Load<Floats>(bottom) + right * Load<Floats>(bottom + 1));
}

void Compare(const PatchSize& size, const PatchTemplatePlanes& planes, const PatchSample& sample,
             float centre, double sums[5]) {
  RowSums<5> s;
  const Floats less = AllFloats(centre);
  for (int row = 0; row < size.rows; ++row) {
    s.BeginRow();
    for (int col = 0; col < size.packed; col += kLanes) {
      const int at = row * size.stride + col;
      const Floats seen = SampleAt(sample, row, col) - less;
      const Floats weighted = Load<Floats>(planes.weight + at) * seen;
      s.row[0] = s.row[0] + weighted;
      s.row[1] = s.row[1] + weighted * seen;
      s.row[2] = s.row[2] + Load<Floats>(planes.weighted_value + at) * seen;
      s.row[3] = s.row[3] + Load<Floats>(planes.weighted_dx + at) * seen;
      s.row[4] = s.row[4] + Load<Floats>(planes.weighted_dy + at) * seen;
    }
    s.EndRow();
  }
  s.Total(sums);
}

void Residuals(const PatchSize& size, const PatchTemplatePlanes& planes, const PatchSample& sample,
               float gain, float offset, float* e) {
  for (int row = 0; row < size.rows; ++row) {
    const int begin = row * size.stride;
    for (int col = 0; col < size.packed; col += kLanes) {
      const int at = begin + col;
      const Floats residual =
          SampleAt(sample, row, col) - AllFloats(gain) * Load<Floats>(planes.value + at) - AllFloats(offset);
      Store(Load<Floats>(planes.root + at) * residual, e + at);
    }
    Store(AllFloats(0), e + begin + size.packed);
  }
}

void Lags(const PatchSize& size, const float* e, double sums[7]) {
  RowSums<7> s;
  for (int row = 0; row < size.rows; ++row) {
    s.BeginRow();
    for (int col = 0; col < size.packed; col += kLanes) {
      const float* at = e + row * size.stride + col;
      const Floats here = Load<Floats>(at);
      for (int lag = 0; lag <= 3; ++lag) s.row[lag] = s.row[lag] + here * Load<Floats>(at + lag);
      for (int lag = 1; lag <= 3 && row + lag < size.rows; ++lag)
        s.row[3 + lag] = s.row[3 + lag] + here * Load<Floats>(at + lag * size.stride);
    }
    s.EndRow();
  }
  s.Total(sums);
}

void Spread(const PatchSize& size, const PatchTemplatePlanes& planes, std::int32_t apron,
            std::int32_t to_stride, float* const to[4]) {
  const float* const from[3] = {planes.dx, planes.dy, planes.value};
  for (int row = 0; row < size.rows; ++row) {
    const int begin = row * to_stride;
    for (int col = 0; col < size.packed; col += kLanes) {
      const int at = row * size.stride + col;
      const Floats by = Load<Floats>(planes.root + at);
      for (int i = 0; i < 3; ++i) Store(Load<Floats>(from[i] + at) * by, to[i] + begin + col);
      Store(by, to[3] + begin + col);
    }
    for (int i = 0; i < 4; ++i) {
      for (int col = 0; col < apron; col += kLanes) {
        Store(AllFloats(0), to[i] + begin + col - apron);
        Store(AllFloats(0), to[i] + begin + size.packed + col);
      }
    }
  }
}

// The filter along a row of one factor, along a column of the other: their product is the sum, since a
// separable filter that is the same both ways may be given to either side.
void Correlate(const PatchSize& size, const float* const f[4], const float* taps, std::int32_t reach,
               double sums[10]) {
  RowSums<10> s;
  for (int row = 0; row < size.rows; ++row) {
    s.BeginRow();
    const int above = row < reach ? row : reach;
    const int below = size.rows - 1 - row < reach ? size.rows - 1 - row : reach;
    for (int col = 0; col < size.packed; col += kLanes) {
      Floats along[4], across[4];
      for (int i = 0; i < 4; ++i) {
        const float* at = f[i] + row * size.stride + col;
        const Floats middle = AllFloats(taps[0]) * Load<Floats>(at);
        Floats x = middle, up = middle, down = AllFloats(0);
        for (int k = 1; k <= reach; ++k)
          x = x + AllFloats(taps[k]) * (Load<Floats>(at - k) + Load<Floats>(at + k));
        for (int k = 1; k <= above; ++k) up = up + AllFloats(taps[k]) * Load<Floats>(at - k * size.stride);
        for (int k = 1; k <= below; ++k)
          down = down + AllFloats(taps[k]) * Load<Floats>(at + k * size.stride);
        along[i] = x;
        across[i] = up + down;
      }
      int n = 0;
      for (int a = 0; a < 4; ++a) {
        for (int b = a; b < 4; ++b, ++n)
          s.row[n] = s.row[n] + (along[a] * across[b] + along[b] * across[a]) * AllFloats(0.5F);
      }
    }
    s.EndRow();
  }
  s.Total(sums);
}

// Four places beside each other share the loads of the pattern.
constexpr int kPlaces = 4;

void Slide(const PatchSize& size, const float* pattern, const float* window, std::int32_t window_stride,
           std::int32_t across, std::int32_t down, float* sums) {
  for (int y = 0; y < down; ++y) {
    for (int x = 0; x < across; x += kPlaces) {
      const int places = across - x < kPlaces ? across - x : kPlaces;
      RowSums<kPlaces> s;
      for (int row = 0; row < size.rows; ++row) {
        s.BeginRow();
        const float* under = window + (y + row) * window_stride + x;
        for (int col = 0; col < size.packed; col += kLanes) {
          const Floats t = Load<Floats>(pattern + row * size.stride + col);
          for (int i = 0; i < kPlaces; ++i) s.row[i] = s.row[i] + t * Load<Floats>(under + col + i);
        }
        s.EndRow();
      }
      double totals[kPlaces];
      s.Total(totals);
      for (int i = 0; i < places; ++i) sums[y * across + x + i] = static_cast<float>(totals[i]);
    }
  }
}

}  // namespace
}  // namespace perilune::vision
