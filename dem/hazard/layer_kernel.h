#pragma once

// Plain data only, for the reason in dem/terrain/ray_kernel.h.
#include <cstdint>

namespace perilune::dem {

/// Inverse metric of the cells of a row, linear along it: at the first one, and more a cell. Symmetric:
/// column with column, column with row, row with row; 1/m².
struct InverseMetricLine {
  double cc, cr, rr;
  double step_cc, step_cr, step_rr;
  double radius_m;  ///< of the sphere that it belongs to: ground lengths grow with height
};

/// Layers of the ground, a row of cells at a time; any count.
struct LayerKernel {
  /// Largest height difference of a cell to one of its eight neighbours; NaN where one of the nine is
  /// missing. Pointers are at the first cell of its row, the row above and the row below; the cells before
  /// the first and after the last are read too.
  void (*step)(const float* above, const float* here, const float* below, std::int32_t count, float* step_m);
  /// Rise over run of planes that rise so much a column and a row, at so high a mean; NaN where a rise is.
  void (*gradient)(const InverseMetricLine& line, const float* mean_m, const float* per_col_m,
                   const float* per_row_m, std::int32_t count, float* gradient);
  /// Arctangent of what is not negative, by the reduction and polynomial of Cephes' atanf (S. Moshier),
  /// within two units of its last place. NaN stays.
  void (*angle)(const float* tangent, std::int32_t count, float* angle_rad);
};

extern const LayerKernel kLayerKernelSse2;
extern const LayerKernel kLayerKernelAvx2;
extern const LayerKernel kLayerKernelAvx512;

}  // namespace perilune::dem
