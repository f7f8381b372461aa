#pragma once

#include <Eigen/Core>
#include <cstdint>

#include "dem/hazard/lander.h"
#include "dem/raster/grid.h"
#include "dem/terrain/simd_level.h"

namespace perilune::dem {

/// Which planes through three pads a lander may come to rest on.
enum class PadPlanes {
  /// Those that let it stand: no other pad digs into the ground (the plane passes over the ground of every
  /// other pad), and the centre of mass is above the triangle of the three, its edges included. A lander of
  /// four
  /// legs has two such planes, either side of the diagonal whose pads stand higher: it can rock between them.
  kStable,
  /// Every plane through three pads, whether it can stand so or not: the rule of the 2015 NASA JPL Space
  /// Design
  /// Competition. Never safer than kStable.
  kEveryThree
};

struct FootprintTestOptions {
  int yaws =
      9;  ///< spread evenly over 2π / legs, beyond which the pads only change places; 9: every 10° for 4
  PadPlanes planes = PadPlanes::kStable;
  bool clearance_values =
      true;  ///< false: only the verdict, in a fraction of the time; clearance_m stays empty

  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
};

/// Bits of a verdict; 0 is safe.
enum FootprintVerdict : std::uint8_t {
  kFootprintTilt = 1,       ///< some resting plane is steeper than the lander's limit
  kFootprintClearance = 2,  ///< ground under the body comes too near to the belly in some resting plane
  kFootprintUnknown = 4,    ///< a cell under the body or a pad, at some yaw, has no data or is off the grid
};

/// The worst over all yaws and resting planes, for a lander whose centre comes down on each cell's centre.
struct FootprintTests {
  Grid<float> tilt_rad;  ///< steepest resting plane; NaN where unknown
  Grid<float>
      clearance_m;  ///< least distance of ground from the belly's plane, negative: it strikes; NaN likewise
  Grid<std::uint8_t> verdict;  ///< FootprintVerdict bits; unknown stands alone
};

/// Whether the cells are fine enough for the test: the leg circle spans at least 3 of the longest step from a
/// cell to a neighbour (diagonals aside). Coarser ground does not show what a leg stands on.
bool ShowsFootprint(const Eigen::Matrix2d& metric, const Lander& lander);

/// Cells of a grid.
struct FootprintTile {
  int col = 0, row = 0;
  int cols = 0, rows = 0;
};

/// All of a grid at one metric: the size of the tiles.
inline constexpr int kFootprintTile = 128;

/// The footprint test of hazard detection (Johnson, Huertas, Werner & Montgomery 2008; Ivanov, Huertas &
/// Johnson 2013) for every cell of a height grid (m, NaN = no data). `metric` is that of pixel offsets in m²
/// (GroundMetric).
///
/// Pads are discs centred on the cell nearest to their place (a tie: the farther one); a pad stands at the
/// highest cell whose centre is under it, so that it bridges holes and is lifted by rocks narrower than
/// itself. The tilt is that of the plane through three such points. The ground under the body is the cells
/// whose centres lie within the leg circle; its height counts at right angles to the plane. Yaw 0 points a
/// leg along the rows, to the right.
///
/// The verdict is that of double precision at every cell: single precision judges 16 cells at a time within
/// its error bound, blocks of ground by their highest cell, and what is left open is computed again. The tilt
/// and clearance are within 1e-5 of the height range of a tile. Parallel by tiles, the same for any number of
/// threads. Throws std::invalid_argument: bad lander or options, cells too coarse, infinite heights.
FootprintTests TestFootprints(const Grid<float>& heights, const Eigen::Matrix2d& metric, const Lander& lander,
                              const FootprintTestOptions& options = {}, SimdLevel simd = ChosenSimdLevel());

/// The same for a tile of at most kFootprintTile each way, on the calling thread: writes as many cells of
/// `tests` (EmptyFootprintTests), from column and row `at` on. Looks at the tile and the footprint's reach
/// around it, nothing else. Does not check lander, options or heights.
void TestFootprintTile(const Grid<float>& heights, const FootprintTile& tile, const Eigen::Matrix2d& metric,
                       const Lander& lander, const FootprintTestOptions& options, const Eigen::Vector2i& at,
                       FootprintTests& tests, SimdLevel simd = ChosenSimdLevel());

/// All unknown. clearance_m is empty where its values are not wanted.
FootprintTests EmptyFootprintTests(int width, int height, const FootprintTestOptions& options);

/// Largest distance, in columns and rows, of what the test of a cell looks at.
Eigen::Vector2i FootprintReach(const Eigen::Matrix2d& metric, const Lander& lander,
                               const FootprintTestOptions& options);

}  // namespace perilune::dem
