#include "dem/hazard/footprint_test.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <stdexcept>

#include "dem/checks/require.h"
#include "dem/hazard/disc_maximum.h"
#include "dem/hazard/footprint_shape.h"
#include "dem/terrain/simd_level.h"

namespace perilune::dem {

namespace {

/// Of a height over a plane in single precision, as a share of the patch's heights: some ten operations on
/// numbers of at most four times those, each rounded by 6e-8.
constexpr double kSingleError = 4e-6;
/// Pads this deep in the ground still stand on it: rounding of double precision.
constexpr double kDigTolerance_m = 1e-9;
/// What is nearer than so many errors to a limit is left open: planes that rest within the error are some
/// apart.
constexpr double kOpenErrors = 8;
constexpr float kUntested = std::numeric_limits<float>::quiet_NaN();

const FootprintKernel& KernelOf(SimdLevel simd) {
  return ForLevel(simd, kFootprintKernelSse2, kFootprintKernelAvx2, kFootprintKernelAvx512);
}

/// The worst of one cell.
struct CellWorst {
  double slope2 = 0;
  double highest_m = -std::numeric_limits<double>::infinity();
};

double Weigh(const std::array<double, 3>& weights, const PadPlane& plane, const std::vector<double>& pads) {
  return weights[0] * pads[plane.pads[0]] + weights[1] * pads[plane.pads[1]] +
         weights[2] * pads[plane.pads[2]];
}

/// The test of a cell whose footprint is known, in double precision.
class ExactTest {
 public:
  ExactTest(const Grid<float>& heights, const FootprintStencil& stencil)
      : heights_(heights), stencil_(stencil) {}

  CellWorst At(int col, int row) const {
    CellWorst worst;
    for (const PadYaw& yaw : stencil_.yaws) {
      std::vector<double> pads;
      for (const Eigen::Vector2i& pad : yaw.pads)
        pads.push_back(HighestUnderPad(col + pad.x(), row + pad.y()));
      for (const PadPlane& plane : yaw.planes) {
        if (!Rests(plane, pads)) continue;
        const Eigen::Vector2d rise(Weigh(plane.per_col, plane, pads), Weigh(plane.per_row, plane, pads));
        const double slope2 = rise.dot(stencil_.inverse_metric * rise);
        worst.slope2 = std::max(worst.slope2, slope2);
        const double above = HighestAbove(col, row, Weigh(plane.middle, plane, pads), rise);
        worst.highest_m = std::max(worst.highest_m, above / std::sqrt(1 + slope2));
      }
    }
    return worst;
  }

 private:
  double HighestUnderPad(int col, int row) const {
    float highest = heights_.At(col, row);
    for (const Footprint::Run& run : stencil_.pad.runs) {
      const float* first = &heights_.At(col + run.first, row + run.row);
      highest = std::max(highest, *std::max_element(first, first + (run.last - run.first + 1)));
    }
    return highest;
  }

  static bool Rests(const PadPlane& plane, const std::vector<double>& pads) {
    return std::all_of(plane.others.begin(), plane.others.end(), [&](const PadPlane::Other& other) {
      return pads[other.pad] - Weigh(other.plane, plane, pads) <= kDigTolerance_m;
    });
  }

  double HighestAbove(int col, int row, double middle_m, const Eigen::Vector2d& rise) const {
    double highest = -std::numeric_limits<double>::infinity();
    for (const Footprint::Run& run : stencil_.body.runs) {
      const float* ground = &heights_.At(col + run.first, row + run.row);
      for (int c = run.first; c <= run.last; ++c) {
        highest = std::max(highest, ground[c - run.first] - (middle_m + rise.x() * c + rise.y() * run.row));
      }
    }
    return highest;
  }

  const Grid<float>& heights_;
  const FootprintStencil& stencil_;
};

/// Ground around a tile, as heights over `reference_m`.
struct TileGround {
  Patch heights;
  float reference_m = 0;
  double range_m = 0;  ///< largest height over the reference, either way
  bool has_missing = false;
};

class TileTester {
 public:
  TileTester(const Grid<float>& heights, const FootprintStencil& stencil, const Lander& lander,
             bool clearance_values, const FootprintKernel& kernel)
      : heights_(heights),
        stencil_(stencil),
        lander_(lander),
        clearance_values_(clearance_values),
        slope_limit_(std::tan(lander.max_tilt_rad)),
        highest_allowed_m_(lander.HighestGround_m()),
        kernel_(kernel),
        exact_(heights, stencil),
        patch_width_(kFootprintTile + 2 * stencil.reach_cols + CoarseBlockSize(stencil)),
        tables_(MakeFootprintTables(stencil, patch_width_)) {}

  void Test(const FootprintTile& tile, const Eigen::Vector2i& written_at, FootprintTests& tests) const {
    const TileGround ground = GroundOf(tile);
    const double error_m = kSingleError * ground.range_m + kDigTolerance_m;
    const FootprintShape shape = ShapeFor(error_m);
    const Patch pads = DiscMaximum(ground.heights, stencil_.pad, kNoGround);
    const Patch coarse = BlockMaximum(ground.heights, tables_.coarse_size, kNoGround);
    const Patch blocks = BlockMaximum(ground.heights, tables_.block_size, kNoGround);
    std::optional<Patch> missing;
    if (ground.has_missing) missing = MissingUnderBody(ground);
    std::vector<float> slope2(kFootprintTile), highest_m(kFootprintTile);
    std::vector<float> block_tops(tables_.blocks.size() * kFootprintLanes);
    for (int i = 0; i < tile.rows; ++i) {
      const std::size_t at =
          static_cast<std::size_t>(i + stencil_.reach_rows) * patch_width_ + stencil_.reach_cols;
      FootprintRow row{};
      row.ground = ground.heights.cells.data() + at;
      row.pad_height = pads.cells.data() + at;
      row.coarse_highest = coarse.cells.data() + at;
      row.block_highest = blocks.cells.data() + at;
      row.unknown = missing ? missing->cells.data() + at : nullptr;
      row.block_tops = block_tops.data();
      row.count = (tile.cols + kFootprintLanes - 1) / kFootprintLanes * kFootprintLanes;
      row.slope2 = slope2.data();
      row.highest_m = highest_m.data();
      kernel_.test(shape, row);
      for (int j = 0; j < tile.cols; ++j) {
        const CellWorst worst = Decide(tile.col + j, tile.row + i, slope2[j], highest_m[j], error_m);
        Write(worst, written_at.x() + j, written_at.y() + i, tests);
      }
    }
  }

 private:
  /// The patch is wider than the tile and its reach, for blocks that begin inside: what is there does not
  /// matter.
  TileGround GroundOf(const FootprintTile& tile) const {
    const int spare = CoarseBlockSize(stencil_);
    TileGround ground;
    ground.heights = {patch_width_, tile.rows + 2 * stencil_.reach_rows + spare, {}};
    Patch& patch = ground.heights;
    patch.cells.assign(static_cast<std::size_t>(patch.width) * patch.height, kUntested);
    const int left = tile.col - stencil_.reach_cols, top = tile.row - stencil_.reach_rows;
    const int first = std::max(left, 0),
              end = std::min(tile.col + tile.cols + stencil_.reach_cols, heights_.width);
    const int end_row = std::min(tile.row + tile.rows + stencil_.reach_rows, heights_.height);
    for (int row = std::max(top, 0); row < end_row; ++row) {
      std::copy_n(&heights_.At(first, row), end - first, patch.Row(row - top) + first - left);
    }
    float low = std::numeric_limits<float>::infinity(), high = -low;
    for (const float z : patch.cells) {
      low = z < low ? z : low;
      high = z > high ? z : high;
    }
    if (!(low <= high)) low = high = 0;
    ground.reference_m = low + 0.5F * (high - low);
    ground.range_m = std::max(high - ground.reference_m, ground.reference_m - low);
    const int used_cols = tile.cols + 2 * stencil_.reach_cols,
              used_rows = tile.rows + 2 * stencil_.reach_rows;
    for (int row = 0; row < patch.height; ++row) {
      float* cells = patch.Row(row);
      const int used = row < used_rows ? used_cols : 0;
      for (int col = 0; col < used; ++col) {
        ground.has_missing |= std::isnan(cells[col]);
        cells[col] = std::isnan(cells[col]) ? kNoGround : cells[col] - ground.reference_m;
      }
      std::fill(cells + used, cells + patch.width, 0.0F);
    }
    return ground;
  }

  FootprintShape ShapeFor(double error_m) const {
    FootprintShape shape = tables_.Shape(stencil_);
    shape.error_m = static_cast<float>(error_m);
    const double open_m = kOpenErrors * error_m;
    shape.safe_below_m = clearance_values_ ? -kNoGround : static_cast<float>(highest_allowed_m_ - 2 * open_m);
    shape.unsafe_above_m =
        clearance_values_ ? -kNoGround : static_cast<float>(highest_allowed_m_ + 2 * open_m);
    return shape;
  }

  Patch MissingUnderBody(const TileGround& ground) const {
    Patch missing = ground.heights;
    for (float& z : missing.cells) z = z == kNoGround ? 1.0F : 0.0F;
    return DiscMaximum(missing, stencil_.body, 1.0F);
  }

  /// Computes again what single precision leaves open.
  CellWorst Decide(int col, int row, double slope2, double highest_m, double error_m) const {
    if (slope2 < 0) return {slope2, highest_m};
    const double tilt_error = kOpenErrors * error_m * tables_.tilt_per_metre;
    const bool open = std::abs(std::sqrt(slope2) - slope_limit_) <= tilt_error ||
                      std::abs(highest_m - highest_allowed_m_) <= kOpenErrors * error_m;
    return open ? exact_.At(col, row) : CellWorst{slope2, highest_m};
  }

  void Write(const CellWorst& worst, int col, int row, FootprintTests& tests) const {
    if (worst.slope2 < 0) return;
    unsigned verdict = 0;
    if (worst.slope2 > slope_limit_ * slope_limit_) verdict |= kFootprintTilt;
    if (worst.highest_m > highest_allowed_m_) verdict |= kFootprintClearance;
    tests.verdict.At(col, row) = static_cast<std::uint8_t>(verdict);
    tests.tilt_rad.At(col, row) = static_cast<float>(std::atan(std::sqrt(worst.slope2)));
    if (clearance_values_) {
      tests.clearance_m.At(col, row) = static_cast<float>(lander_.body_clearance_m - worst.highest_m);
    }
  }

  const Grid<float>& heights_;
  const FootprintStencil& stencil_;
  const Lander& lander_;
  bool clearance_values_;
  double slope_limit_;        ///< rise over run
  double highest_allowed_m_;  ///< above a resting plane
  const FootprintKernel& kernel_;
  ExactTest exact_;
  int patch_width_ = 0;
  FootprintTables tables_;
};

}  // namespace

void FootprintTestOptions::Validate() const { Require(yaws >= 1 && yaws <= 360, "yaws", yaws, "1 to 360"); }

bool ShowsFootprint(const Eigen::Matrix2d& metric, const Lander& lander) {
  const double step_m = std::sqrt(std::max(metric(0, 0), metric(1, 1)));
  return lander.leg_circle_diameter_m >= 3 * step_m * (1 - 1e-9);
}

FootprintTests EmptyFootprintTests(int width, int height, const FootprintTestOptions& options) {
  FootprintTests tests;
  tests.tilt_rad = Grid<float>(width, height, kUntested);
  if (options.clearance_values) tests.clearance_m = Grid<float>(width, height, kUntested);
  tests.verdict = Grid<std::uint8_t>(width, height, kFootprintUnknown);
  return tests;
}

Eigen::Vector2i FootprintReach(const Eigen::Matrix2d& metric, const Lander& lander,
                               const FootprintTestOptions& options) {
  const FootprintStencil stencil = MakeFootprintStencil(metric, lander, options);
  return {stencil.reach_cols, stencil.reach_rows};
}

void TestFootprintTile(const Grid<float>& heights, const FootprintTile& tile, const Eigen::Matrix2d& metric,
                       const Lander& lander, const FootprintTestOptions& options, const Eigen::Vector2i& at,
                       FootprintTests& tests, SimdLevel simd) {
  const FootprintStencil stencil = MakeFootprintStencil(metric, lander, options);
  TileTester(heights, stencil, lander, options.clearance_values, KernelOf(simd)).Test(tile, at, tests);
}

FootprintTests TestFootprints(const Grid<float>& heights, const Eigen::Matrix2d& metric, const Lander& lander,
                              const FootprintTestOptions& options, SimdLevel simd) {
  lander.Validate();
  options.Validate();
  if (!ShowsFootprint(metric, lander)) {
    throw std::invalid_argument("metric: the cells are too coarse for a leg circle of " +
                                std::to_string(lander.leg_circle_diameter_m) + " m (3 cells at least)");
  }
  if (std::any_of(heights.data.begin(), heights.data.end(), [](float z) { return std::isinf(z); })) {
    throw std::invalid_argument("heights: has an infinite height");
  }
  FootprintTests tests = EmptyFootprintTests(heights.width, heights.height, options);
  const FootprintStencil stencil = MakeFootprintStencil(metric, lander, options);
  const TileTester tester(heights, stencil, lander, options.clearance_values, KernelOf(simd));
  constexpr int kTile = kFootprintTile;
  const int tile_rows = (heights.height + kTile - 1) / kTile, tile_cols = (heights.width + kTile - 1) / kTile;
  tbb::parallel_for(
      tbb::blocked_range<int>(0, tile_rows * tile_cols), [&](const tbb::blocked_range<int>& range) {
        for (int i = range.begin(); i < range.end(); ++i) {
          const int col = i % tile_cols * kTile, row = i / tile_cols * kTile;
          tester.Test({col, row, std::min(kTile, heights.width - col), std::min(kTile, heights.height - row)},
                      {col, row}, tests);
        }
      });
  return tests;
}

}  // namespace perilune::dem
