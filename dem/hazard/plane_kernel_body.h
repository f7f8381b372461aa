// Plane fits of 16 neighbouring cells at a time, compiled once for each instruction set.
#pragma once

#define PERILUNE_LANES 16
#include "dem/hazard/plane_kernel.h"
#include "dem/terrain/lanes.h"

namespace perilune::dem {
namespace {

static_assert(kLanes == kPlaneLanes);

PERILUNE_INLINE Doubles Square(const Ints& heights) {
  const Doubles d = ToDoubles(heights);
  return d * d;
}

void Step(double steps_per_metre, std::int32_t count, const float* __restrict heights,
          std::int32_t* __restrict steps) {
  constexpr double kRounding = 6755399441055744.0;  // its last bit is worth 1
  for (int i = 0; i < count; ++i) {
    steps[i] = static_cast<std::int32_t>((static_cast<double>(heights[i]) * steps_per_metre + kRounding) -
                                         kRounding);
  }
}

void Start(const PlaneShape& shape, const std::int32_t* heights, std::int32_t count, const PlaneSums& sums) {
  for (int i = 0; i < count; i += kLanes) {
    Ints sum = AllInts(0), by_col = AllInts(0), by_row = AllInts(0);
    Doubles squares = AllDoubles(0);
    for (int c = 0; c < shape.column_count; ++c) {
      const PlaneColumn& column = shape.columns[c];
      Ints in_column = AllInts(0);
      for (int row = column.first; row <= column.last; ++row) {
        const Ints z = Load<Ints>(heights + i + row * shape.stride + column.at_middle);
        in_column = in_column + z;
        by_row = by_row + AllInts(row) * z;
        squares = squares + Square(z);
      }
      sum = sum + in_column;
      by_col = by_col + AllInts(column.col) * in_column;
    }
    Store(sum, sums.heights + i);
    Store(by_col, sums.by_col + i);
    Store(by_row, sums.by_row + i);
    Store(squares, sums.squares + i);
  }
}

// A column gains its lowest cell and loses the one above its highest; all others come one row nearer to the
// top, which takes their sum from the sum by rows.
void Slide(const PlaneShape& shape, const std::int32_t* heights, std::int32_t count, const PlaneSums& sums) {
  for (int i = 0; i < count; i += kLanes) {
    const Ints before = Load<Ints>(sums.heights + i);
    Ints sum = before, by_col = Load<Ints>(sums.by_col + i);
    Ints by_row = Load<Ints>(sums.by_row + i) - before;
    Doubles squares = Load<Doubles>(sums.squares + i);
    for (int c = 0; c < shape.column_count; ++c) {
      const PlaneColumn& column = shape.columns[c];
      const Ints gained = Load<Ints>(heights + i + column.at_last);
      const Ints lost = Load<Ints>(heights + i + column.at_first - shape.stride);
      const Ints change = gained - lost;
      sum = sum + change;
      by_col = by_col + AllInts(column.col) * change;
      by_row = by_row + AllInts(column.last) * gained - AllInts(column.first - 1) * lost;
      squares = squares + ToDoubles(change) * ToDoubles(gained + lost);
    }
    Store(sum, sums.heights + i);
    Store(by_col, sums.by_col + i);
    Store(by_row, sums.by_row + i);
    Store(squares, sums.squares + i);
  }
}

// Σ (z − plane)² = Σ z² − n mean² − a Σ x z − b Σ y z.
void Fit(const PlaneScale& scale, const PlaneSums& sums, std::int32_t count, const PlaneRow& row) {
  const Doubles cc = AllDoubles(scale.inverse_cc), cr = AllDoubles(scale.inverse_cr);
  const Doubles rr = AllDoubles(scale.inverse_rr), per_cell = AllDoubles(scale.per_cell);
  const Doubles step_m = AllDoubles(scale.step_m);
  for (int i = 0; i < count; i += kLanes) {
    const Doubles sum = ToDoubles(Load<Ints>(sums.heights + i)), x = ToDoubles(Load<Ints>(sums.by_col + i));
    const Doubles y = ToDoubles(Load<Ints>(sums.by_row + i)), mean = sum * per_cell;
    const Doubles a = cc * x + cr * y, b = cr * x + rr * y;
    const Doubles residual2 = Load<Doubles>(sums.squares + i) - sum * mean - a * x - b * y;
    Store(ToFloats(mean * step_m), row.middle_m + i);
    Store(ToFloats(a * step_m), row.per_col_m + i);
    Store(ToFloats(b * step_m), row.per_row_m + i);
    // A single-precision root of a mean square that was had in double.
    const Floats mean2 = ToFloats(Max(residual2, AllDoubles(0)) * per_cell);
    Store(SquareRoot(mean2) * AllFloats(static_cast<float>(scale.step_m)), row.rms_m + i);
  }
}

void Deviate(const PlaneShape& shape, const float* ground, const PlaneRow& fits, std::int32_t count,
             float* deviation) {
  for (int i = 0; i < count; i += kLanes) {
    Floats plane[2 * kMostPlaneReach + 1];  // in the middle column, by row
    const Floats at_middle = Load<Floats>(fits.middle_m + i), rise = Load<Floats>(fits.per_row_m + i);
    for (int row = -shape.reach_rows; row <= shape.reach_rows; ++row) {
      plane[row + shape.reach_rows] = at_middle + rise * AllFloats(static_cast<float>(row));
    }
    const Floats across = Load<Floats>(fits.per_col_m + i);
    Floats high = AllFloats(-1e30F), low = AllFloats(1e30F);
    for (int c = 0; c < shape.column_count; ++c) {
      const PlaneColumn& column = shape.columns[c];
      const float* cells = ground + i + column.at_first;
      const Floats* under = plane + (column.first + shape.reach_rows);
      Floats high_in_column = Load<Floats>(cells) - under[0], low_in_column = high_in_column;
      for (int k = 1; k <= column.last - column.first; ++k) {
        cells += shape.stride;
        const Floats above = Load<Floats>(cells) - under[k];
        high_in_column = Max(high_in_column, above);
        low_in_column = Min(low_in_column, above);
      }
      const Floats beside = across * AllFloats(static_cast<float>(column.col));
      high = Max(high, high_in_column - beside);
      low = Min(low, low_in_column - beside);
    }
    // Adding zero makes a negative zero of a plane a positive one.
    Store(Max(Max(high, -low), AllFloats(0)) + AllFloats(0), deviation + i);
  }
}

void RaiseRow(const float* __restrict highest, const float* __restrict highest_below,
              const float* __restrict lowest, const float* __restrict lowest_below, std::int32_t count,
              float* __restrict to_highest, float* __restrict to_lowest) {
  for (int i = 0; i < count; ++i) {
    to_highest[i] = highest[i] > highest_below[i] ? highest[i] : highest_below[i];
    to_lowest[i] = lowest[i] < lowest_below[i] ? lowest[i] : lowest_below[i];
  }
}

void Relief(const PlaneShape& shape, const float* const* highest, const float* const* lowest,
            std::int32_t count, float* relief) {
  for (int i = 0; i < count; i += kLanes) {
    Floats high = AllFloats(-1e30F), low = AllFloats(1e30F);
    for (int c = 0; c < shape.column_count; ++c) {
      const PlaneColumn& column = shape.columns[c];
      const float *up = highest[column.level] + i, *down = lowest[column.level] + i;
      high = Max(high, Max(Load<Floats>(up + column.at_first), Load<Floats>(up + column.at_second)));
      low = Min(low, Min(Load<Floats>(down + column.at_first), Load<Floats>(down + column.at_second)));
    }
    Store(high - low, relief + i);
  }
}

}  // namespace
}  // namespace perilune::dem
