#pragma once

// Plain data only, for the reason in dem/terrain/ray_kernel.h.
#include <cstdint>

namespace perilune::dem {

/// A column of a footprint: its cells are rows first … last from the middle. Places are in a patch's memory,
/// from the middle.
struct PlaneColumn {
  std::int32_t col, first, last;
  std::int32_t at_middle, at_first, at_last;
  /// The run's highest cell is that of two windows of 2^level rows, one from its first row on, one up to its
  /// last.
  std::int32_t level, at_second;
};

struct PlaneShape {
  const PlaneColumn* columns;
  std::int32_t column_count;
  std::int32_t reach_rows;
  std::int32_t stride;  ///< cells from a row to the next
};

/// Sums over the footprints of the cells of a row: heights, heights times column and row from the middle,
/// squares. The heights are whole numbers so small that no sum overflows: sums slide from row to row without
/// rounding.
struct PlaneSums {
  std::int32_t *heights, *by_col, *by_row;
  double* squares;
};

/// What makes planes of sums: the inverse of the footprint's moments, 1 / cells, metres a step.
struct PlaneScale {
  double inverse_cc, inverse_cr, inverse_rr;
  double per_cell, step_m;
};

struct PlaneRow {
  float *middle_m, *per_col_m, *per_row_m, *rms_m;
};

/// For `count` = 16 × k cells of a row; pointers are at the first one's middle.
struct PlaneKernel {
  /// Heights as whole steps. Of any count.
  void (*step)(double steps_per_metre, std::int32_t count, const float* heights, std::int32_t* steps);
  void (*start)(const PlaneShape& shape, const std::int32_t* heights, std::int32_t count,
                const PlaneSums& sums);
  /// From the row above to this one.
  void (*slide)(const PlaneShape& shape, const std::int32_t* heights, std::int32_t count,
                const PlaneSums& sums);
  void (*fit)(const PlaneScale& scale, const PlaneSums& sums, std::int32_t count, const PlaneRow& row);
  /// Largest vertical distance of a cell from the plane middle + per_col · column + per_row · row.
  void (*deviate)(const PlaneShape& shape, const float* ground, const PlaneRow& row, std::int32_t count,
                  float* deviation);
  /// Highest cells of a row and of those some rows below it: one level from the one before it. Of any count.
  void (*raise)(const float* highest, const float* highest_below, const float* lowest,
                const float* lowest_below, std::int32_t count, float* to_highest, float* to_lowest);
  /// Highest less lowest cell of the footprint, from the levels of both.
  void (*relief)(const PlaneShape& shape, const float* const* highest, const float* const* lowest,
                 std::int32_t count, float* relief);
};

inline constexpr int kPlaneLanes = 16;
/// Of a footprint's reach in rows.
inline constexpr int kMostPlaneReach = 64;

extern const PlaneKernel kPlaneKernelSse2;
extern const PlaneKernel kPlaneKernelAvx2;
extern const PlaneKernel kPlaneKernelAvx512;

}  // namespace perilune::dem
