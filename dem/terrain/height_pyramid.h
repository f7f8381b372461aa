#pragma once

#include <vector>

#include "dem/raster/grid.h"

namespace perilune::dem {

/// A ray in the coordinates of one height grid: u columns, v rows, z metres, all linear in the range t (m).
struct GridRay {
  double u0 = 0, v0 = 0, z0 = 0;
  double du = 0, dv = 0, dz = 0;
};

/// What lies on a stretch of a ray. kVoid: the ray came out of missing data (or from outside) below the
/// surface.
enum class MarchOutcome { kNothing, kHit, kVoid };

struct MarchResult {
  MarchOutcome outcome = MarchOutcome::kNothing;
  double t = 0;
};

/// Maximum mipmap over the cells of a height grid (Tevs, Ihrke & Seidel 2008): whole blocks whose highest
/// point lies below the ray are passed in one step. Surfaces inside a cell are bilinear; NaN corners make the
/// cell empty.
class HeightPyramid {
 public:
  HeightPyramid() = default;
  explicit HeightPyramid(const Grid<float>& z_m);

  /// First crossing from above on t ∈ [t_begin, t_end], a stretch inside the grid's rectangle. `below_is_hit`
  /// says what a start below the surface means: a hit at t_begin, or void.
  MarchResult March(const Grid<float>& z_m, const GridRay& ray, double t_begin, double t_end,
                    bool below_is_hit) const;

  float MaxHeight() const { return max_height_; }

  /// Lowest and highest heights of the blocks of one size; +∞ and −∞ where a block has no data.
  struct Mip {
    int width = 0;
    int height = 0;
    std::vector<float> max_m;
    std::vector<float> min_m;
  };
  const std::vector<Mip>& Mips() const { return mips_; }

 private:
  struct Stepper;
  static constexpr int kBlockCells = 4;

  MarchResult MarchBlock(const Grid<float>& z_m, const Stepper& stepper, int block_col, int block_row,
                         double t_begin, double t_end, bool& from_void) const;

  std::vector<Mip> mips_;  ///< [0] = blocks of 4 × 4 cells
  float max_height_ = 0;
};

}  // namespace perilune::dem
