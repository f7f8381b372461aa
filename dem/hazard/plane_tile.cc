#include "dem/hazard/plane_tile.h"

#include <Eigen/LU>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>

#include "dem/hazard/disc_maximum.h"
#include "dem/hazard/plane_kernel.h"

namespace perilune::dem {

namespace {

constexpr float kNoFit = std::numeric_limits<float>::quiet_NaN();

const PlaneKernel& PlaneKernelOf(SimdLevel simd) {
  return ForLevel(simd, kPlaneKernelSse2, kPlaneKernelAvx2, kPlaneKernelAvx512);
}

/// A footprint's columns (its rows are convex, and so are they) in a memory with these steps from cell to
/// cell.
std::vector<PlaneColumn> ColumnsOf(const Footprint& footprint, int stride) {
  std::map<int, PlaneColumn> by_col;
  for (const Footprint::Run& run : footprint.runs) {
    for (int col = run.first; col <= run.last; ++col) {
      PlaneColumn& column =
          by_col.try_emplace(col, PlaneColumn{col, run.row, run.row, 0, 0, 0, 0, 0}).first->second;
      column.first = std::min(column.first, run.row);
      column.last = std::max(column.last, run.row);
    }
  }
  std::vector<PlaneColumn> columns;
  for (auto& entry : by_col) {
    PlaneColumn& column = entry.second;
    const int length = column.last - column.first + 1;
    while ((2 << column.level) <= length) ++column.level;
    const auto at = [stride, in_row = column.col](int row) { return row * stride + in_row; };
    column.at_middle = at(0);
    column.at_first = at(column.first);
    column.at_last = at(column.last);
    column.at_second = at(column.last - (1 << column.level) + 1);
    columns.push_back(column);
  }
  return columns;
}

/// The largest height, in steps, that no sum over the footprint overflows with.
double MostSteps(const Footprint& footprint) {
  double by_col = 0, by_row = 0;
  for (const Footprint::Run& run : footprint.runs) {
    for (int col = run.first; col <= run.last; ++col) by_col += std::abs(col), by_row += std::abs(run.row);
  }
  // A sum by rows holds a row more of every cell while it slides.
  const double most = std::max(by_col, by_row) + 2.0 * footprint.count;
  return std::min(std::floor(std::numeric_limits<std::int32_t>::max() / most), 4194304.0);
}

class TileFitter {
 public:
  TileFitter(const Grid<float>& heights, const PlaneTile& tile, const Footprint& footprint,
             const PlaneKernel& kernel)
      : tile_(tile),
        footprint_(footprint),
        kernel_(kernel),
        count_((tile.cols + kPlaneLanes - 1) / kPlaneLanes * kPlaneLanes),
        patch_{count_ + 2 * footprint.reach_cols, tile.rows + 2 * footprint.reach_rows, {}},
        columns_(ColumnsOf(footprint, patch_.width)),
        shape_{columns_.data(), static_cast<std::int32_t>(columns_.size()), footprint.reach_rows,
               patch_.width} {
    TakeHeights(heights);
  }

  PlaneTileFits Fit(bool planes_alone) {
    PlaneTileFits fits;
    fits.width = count_;
    const std::size_t size = static_cast<std::size_t>(count_) * tile_.rows;
    for (auto* band : Bands(fits)) band->resize(size);
    FitRows(fits, planes_alone);
    if (!planes_alone) FillRelief(fits);
    if (has_missing_) ForgetMissing(fits);
    return fits;
  }

 private:
  static std::array<std::vector<float>*, 6> Bands(PlaneTileFits& fits) {
    return {&fits.mean_m, &fits.per_col_m, &fits.per_row_m, &fits.rms_m, &fits.deviation_m, &fits.relief_m};
  }

  /// Of a row's first cell in the patch.
  std::size_t Middle(int row) const {
    return static_cast<std::size_t>(row + footprint_.reach_rows) * patch_.width + footprint_.reach_cols;
  }

  /// The tile and its reach, over the reference; missing cells and those beside lie at it.
  void TakeHeights(const Grid<float>& heights) {
    patch_.cells.assign(static_cast<std::size_t>(patch_.width) * patch_.height, kNoFit);
    const int left = tile_.col - footprint_.reach_cols, top = tile_.row - footprint_.reach_rows;
    const int used = tile_.cols + 2 * footprint_.reach_cols;
    const int first = std::max(left, 0), end = std::min(left + used, heights.width);
    for (int row = std::max(top, 0); row < std::min(top + patch_.height, heights.height); ++row) {
      std::copy_n(&heights.At(first, row), end - first, patch_.Row(row - top) + first - left);
    }
    float low = std::numeric_limits<float>::infinity(), high = -low;
    for (const float z : patch_.cells) {
      low = z < low ? z : low;
      high = z > high ? z : high;
    }
    if (!(low <= high)) low = high = 0;
    reference_m_ = low + 0.5F * (high - low);
    range_m_ = std::max(high - reference_m_, reference_m_ - low);
    step_m_ = range_m_ > 0 ? range_m_ / MostSteps(footprint_) : 1;
    for (int row = 0; row < patch_.height; ++row) {
      float* cells = patch_.Row(row);
      for (int col = 0; col < used; ++col) has_missing_ |= cells[col] != cells[col];
    }
    if (has_missing_) RememberMissing(used);
    for (float& z : patch_.cells) z = z == z ? z - reference_m_ : 0.0F;
    steps_.resize(patch_.cells.size());
    kernel_.step(1 / step_m_, static_cast<std::int32_t>(steps_.size()), patch_.cells.data(), steps_.data());
  }

  void RememberMissing(int used) {
    missing_ = {patch_.width, patch_.height, std::vector<float>(patch_.cells.size(), 0.0F)};
    for (int row = 0; row < patch_.height; ++row) {
      const float* cells = patch_.Row(row);
      float* missing = missing_.Row(row);
      for (int col = 0; col < used; ++col) missing[col] = cells[col] == cells[col] ? 0.0F : 1.0F;
    }
  }

  void FitRows(PlaneTileFits& fits, bool planes_alone) const {
    std::vector<std::int32_t> heights(count_), by_col(count_), by_row(count_);
    std::vector<double> squares(count_);
    const PlaneSums sums{heights.data(), by_col.data(), by_row.data(), squares.data()};
    const Eigen::Matrix2d inverse = footprint_.moments.inverse();
    const PlaneScale scale{inverse(0, 0), inverse(0, 1), inverse(1, 1), 1.0 / footprint_.count, step_m_};
    for (int row = 0; row < tile_.rows; ++row) {
      const std::size_t first = static_cast<std::size_t>(row) * count_;
      const PlaneRow planes{&fits.mean_m[first], &fits.per_col_m[first], &fits.per_row_m[first],
                            &fits.rms_m[first]};
      (row == 0 ? kernel_.start : kernel_.slide)(shape_, steps_.data() + Middle(row), count_, sums);
      kernel_.fit(scale, sums, count_, planes);
      if (planes_alone) continue;
      kernel_.deviate(shape_, patch_.cells.data() + Middle(row), planes, count_, &fits.deviation_m[first]);
    }
    for (float& mean : fits.mean_m) mean += reference_m_;
  }

  void FillRelief(PlaneTileFits& fits) const {
    int levels = 0;
    for (const PlaneColumn& column : columns_) levels = std::max(levels, column.level);
    std::vector<std::vector<float>> highest(levels), lowest(levels);
    std::vector<const float*> up_from{patch_.cells.data()}, down_from{patch_.cells.data()};
    for (int level = 0; level < levels; ++level) {
      const int shift = (1 << level) * patch_.width;
      highest[level].resize(patch_.cells.size());
      lowest[level].resize(patch_.cells.size());
      const float *up = up_from.back(), *down = down_from.back();
      kernel_.raise(up, up + shift, down, down + shift, static_cast<int>(patch_.cells.size()) - shift,
                    highest[level].data(), lowest[level].data());
      up_from.push_back(highest[level].data());
      down_from.push_back(lowest[level].data());
    }
    std::vector<const float*> up(levels + 1), down(levels + 1);
    for (int row = 0; row < tile_.rows; ++row) {
      for (int level = 0; level <= levels; ++level) {
        up[level] = up_from[level] + Middle(row);
        down[level] = down_from[level] + Middle(row);
      }
      kernel_.relief(shape_, up.data(), down.data(), count_,
                     &fits.relief_m[static_cast<std::size_t>(row) * count_]);
    }
  }

  void ForgetMissing(PlaneTileFits& fits) const {
    const Patch missing = DiscMaximum(missing_, footprint_, 1.0F);
    for (int row = 0; row < tile_.rows; ++row) {
      const float* cells = missing.cells.data() + Middle(row);
      for (int i = 0; i < tile_.cols; ++i) {
        if (cells[i] == 0) continue;
        for (auto* band : Bands(fits)) (*band)[static_cast<std::size_t>(row) * count_ + i] = kNoFit;
      }
    }
  }

  const PlaneTile& tile_;
  const Footprint& footprint_;
  const PlaneKernel& kernel_;
  int count_ = 0;  ///< cells a row in whole vectors
  Patch patch_;
  std::vector<PlaneColumn> columns_;
  PlaneShape shape_;
  std::vector<std::int32_t> steps_;
  Patch missing_;
  float reference_m_ = 0;
  double range_m_ = 0, step_m_ = 1;
  bool has_missing_ = false;
};

}  // namespace

bool FitsPlaneTile(const Footprint& footprint) {
  return footprint.reach_rows <= kMostPlaneReach && MostSteps(footprint) >= 65536;
}

PlaneTileFits FitPlaneTile(const Grid<float>& heights, const PlaneTile& tile, const Footprint& footprint,
                           SimdLevel simd, bool planes_alone) {
  return TileFitter(heights, tile, footprint, PlaneKernelOf(simd)).Fit(planes_alone);
}

}  // namespace perilune::dem
