#pragma once

#include <cstddef>
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
  /// Lowest and highest heights of the blocks of one size; +∞ and −∞ where a block has no data.
  struct Mip {
    int width = 0;
    int height = 0;
    Cells<float> max_m;
    Cells<float> min_m;

    std::size_t Count() const { return static_cast<std::size_t>(width) * height; }
  };

  HeightPyramid() = default;
  explicit HeightPyramid(const Grid<float>& z_m);
  /// Of mips that were filled before.
  explicit HeightPyramid(std::vector<Mip> filled);

  /// The mips of a grid of heights from the finest on, their sizes set and without cells.
  static std::vector<Mip> MipsFor(int width, int height);
  /// Fills mips whose cells are there.
  static void Fill(const Grid<float>& z_m, std::vector<Mip>& mips);

  /// First crossing from above on t ∈ [t_begin, t_end], a stretch inside the grid's rectangle. `below_is_hit`
  /// says what a start below the surface means: a hit at t_begin, or void.
  MarchResult March(const Grid<float>& z_m, const GridRay& ray, double t_begin, double t_end,
                    bool below_is_hit) const;

  float MaxHeight() const { return max_height_; }

  const std::vector<Mip>& Mips() const { return mips_; }

 private:
  struct Stepper;
  static constexpr int kBlockCells = 4;

  static void FillBase(const Grid<float>& z_m, Mip& base, int block_row);
  static void FillFrom(const Mip& fine, Mip& coarse, int row);

  MarchResult MarchBlock(const Grid<float>& z_m, const Stepper& stepper, int block_col, int block_row,
                         double t_begin, double t_end, bool& from_void) const;

  std::vector<Mip> mips_;  ///< [0] = blocks of 4 × 4 cells
  float max_height_ = 0;
};

}  // namespace perilune::dem
