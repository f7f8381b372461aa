#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <vector>

#include "dem/hazard/footprint_test.h"
#include "dem/raster/grid.h"

namespace perilune::dem {

/// How far from a cell, in columns and rows, other cells say what it is likely to be.
inline constexpr int kPosteriorReach = 6;

/// The ground that may have been there when its heights were measured with independent Gaussian errors of
/// `sigma_m`.
///
/// Prior of a cell: as its 24 neighbours say (neighbour_kriging.h), the ground being as rough as neighbours
/// depart from their planes beyond the errors (the local statistics of Lee 1980, IEEE PAMI-2): in 9 × 9 such
/// neighbourhoods together or, where it is clearly more, in the cell's own; or, one time in a hundred,
/// something that they know nothing of, a rock's top or edge, ten times as wide. The posterior is the mixture
/// of both: ground that is smooth within the errors is drawn smooth, so that the highest of many noisy cells
/// is not taken for a peak, and what stands out of them by some four sigma stays. What the errors did to a
/// neighbourhood they did to all its cells, and relief goes on from cell to cell: so in the draws. A cell
/// with a missing neighbour, or at the edge, has the flat prior: the measured height with its error. The
/// share, the widths and what is clear were chosen on tuning scenes (docs/hazards.md).
class GroundPosterior {
 public:
  /// Of the cells in `tile` and `reach` around it, as far as the grid goes (NaN beyond, and where there is no
  /// data). Looks kPosteriorReach further. `sigma_m` 0: the heights themselves.
  GroundPosterior(const Grid<float>& heights, const FootprintTile& tile, const Eigen::Vector2i& reach,
                  double sigma_m);

  /// One draw into a grid of the size of `measured()`. A pure function of seed and draw.
  void Draw(std::uint64_t seed, std::uint64_t draw, Grid<float>& ground) const;

  /// The heights that were given, over the same cells.
  const Grid<float>& measured() const { return measured_; }

 private:
  struct Doubtful {
    std::size_t cell = 0;
    double share = 0;  ///< of draws that take it for what stands alone
  };
  /// A cell's height in a draw: mean + own · n + shared · (n of its neighbours, by a level's weights) +
  /// ground · w, of standard normals n and w.
  struct Law {
    float mean_m = 0, own_m = 0, shared_m = 0, ground_m = 0;
    int level = 0;
  };

  void Learn(const Grid<float>& heights, int col, int row, std::size_t cell, double spread_m2);

  Grid<float> measured_;
  float sigma_m_ = 0;
  std::vector<Law> laws_;
  std::vector<Doubtful> doubtful_;
};

}  // namespace perilune::dem
