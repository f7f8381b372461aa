#include "dem/hazard/ground_layers.h"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <limits>

#include "dem/hazard/layer_kernel.h"

namespace perilune::dem {

namespace {

constexpr float kNoGround_m = std::numeric_limits<float>::quiet_NaN();

/// Rise a column and a row, and the height there, of the cells of a tile.
struct Rises {
  std::vector<float> mean_m, per_col_m, per_row_m;

  explicit Rises(std::size_t count)
      : mean_m(count, kNoGround_m), per_col_m(count, kNoGround_m), per_row_m(count, kNoGround_m) {}
};

enum class Wanted {
  kAll,
  kSlope,         ///< the gradient alone
  kSlopeOfALayer  ///< the same, of a layer whose circle may leave the map without the cell being unknown
};

/// Layers of a tile being measured.
class TileMeasure {
 public:
  TileMeasure(const HazardGround& ground, const GroundMetric& metric, const PlaneTile& tile)
      : heights_(ground.heights),
        first_col_(ground.window.col),
        first_row_(ground.window.row),
        metric_(metric),
        tile_{tile.col - first_col_, tile.row - first_row_, tile.cols, tile.rows},
        rises_(Count()) {
    const std::vector<float> none(Count(), kNoGround_m);
    layers_.gradient = layers_.roughness_m = layers_.rms_m = layers_.relief_m = none;
    layers_.off_map.assign(Count(), 0);
  }

  /// Planes over circles of that diameter.
  void FitPlanesOver(double diameter_m, Wanted wanted) {
    // Rows of a band share a footprint: on most maps, those of the whole tile do.
    for (int row = 0; row < tile_.rows;) {
      const Footprint footprint = FootprintOf(row, diameter_m);
      int end = std::min(row + kBandRows, tile_.rows);
      while (end < tile_.rows && SameCells(FootprintOf(end, diameter_m), footprint)) {
        end = std::min(end + kBandRows, tile_.rows);
      }
      if (footprint.count > 0)
        FitBand({tile_.col, tile_.row + row, tile_.cols, end - row}, footprint, wanted);
      row = end;
    }
  }

  /// Weighted differences of the eight neighbours.
  void TakeHornSlopes() {
    for (int row = 0; row < tile_.rows; ++row) {
      for (int col = 0; col < tile_.cols; ++col) {
        const int c = tile_.col + col, r = tile_.row + row;
        const std::size_t i = At(col, row);
        rises_.per_col_m[i] = rises_.per_row_m[i] = kNoGround_m;
        if (c < 1 || r < 1 || c + 1 >= heights_.width || r + 1 >= heights_.height) {
          layers_.off_map[i] = 1;
          continue;
        }
        const auto z = [&](int dc, int dr) { return static_cast<double>(heights_.At(c + dc, r + dr)); };
        const auto down = [&](int dc) { return z(dc, -1) + 2 * z(dc, 0) + z(dc, 1); };
        const auto across = [&](int dr) { return z(-1, dr) + 2 * z(0, dr) + z(1, dr); };
        rises_.mean_m[i] = heights_.At(c, r);
        rises_.per_col_m[i] = static_cast<float>((down(1) - down(-1)) / 8);
        rises_.per_row_m[i] = static_cast<float>((across(1) - across(-1)) / 8);
      }
    }
  }

  void TakeSteps() {
    layers_.step_m.assign(Count(), kNoGround_m);
    const int first = std::max(tile_.col, 1), end = std::min(tile_.col + tile_.cols, heights_.width - 1);
    if (first >= end) return;
    for (int row = 0; row < tile_.rows; ++row) {
      const int r = tile_.row + row;
      if (r < 1 || r + 1 >= heights_.height) continue;
      kernel_.step(&heights_.At(first, r - 1), &heights_.At(first, r), &heights_.At(first, r + 1),
                   end - first, &layers_.step_m[At(first - tile_.col, row)]);
    }
  }

  std::vector<float> AnglesOf(const std::vector<float>& gradient) const {
    std::vector<float> angles_rad(gradient.size());
    kernel_.angle(gradient.data(), static_cast<std::int32_t>(gradient.size()), angles_rad.data());
    return angles_rad;
  }

  /// Ground lengths grow with height: (R + h) / R.
  void TakeGradients(std::vector<float>& gradient) const {
    for (int row = 0; row < tile_.rows; ++row) {
      for (int first = 0; first < tile_.cols;) {
        // The scale is linear between the nodes of the metric's lattice, and its inverse so nearly as to make
        // no odds.
        const int to_node = GroundMetric::kStep - (tile_.col + first) % GroundMetric::kStep;
        const int end = std::min(first + to_node, tile_.cols);
        GradientsOf(row, first, end, gradient);
        first = end;
      }
    }
  }

  /// Distances from the planes of the footprint: vertical ones, by the cosine of its slope.
  GroundLayers Finish(const std::vector<float>& plane_gradient) {
    for (std::size_t i = 0; i < Count(); ++i) {
      const float cosine = 1 / std::sqrt(1 + plane_gradient[i] * plane_gradient[i]);
      layers_.roughness_m[i] *= cosine;
      layers_.rms_m[i] *= cosine;
    }
    return std::move(layers_);
  }

  GroundLayers& layers() { return layers_; }

 private:
  static constexpr int kBandRows = 32;

  std::size_t Count() const { return static_cast<std::size_t>(tile_.cols) * tile_.rows; }
  std::size_t At(int col, int row) const { return static_cast<std::size_t>(row) * tile_.cols + col; }

  static bool SameCells(const Footprint& a, const Footprint& b) {
    const auto same = [](const Footprint::Run& x, const Footprint::Run& y) {
      return x.row == y.row && x.first == y.first && x.last == y.last;
    };
    return std::equal(a.runs.begin(), a.runs.end(), b.runs.begin(), b.runs.end(), same);
  }

  /// Of a cell in memory.
  Eigen::Matrix2d MetricAt(double col, double row) const {
    return metric_.At(first_col_ + col, first_row_ + row).Metric();
  }

  /// Of the band that begins at a row; empty where the map has no ground.
  Footprint FootprintOf(int row, double diameter_m) const {
    const double middle_row = tile_.row + row + 0.5 * (std::min(kBandRows, tile_.rows - row) - 1);
    const Eigen::Matrix2d middle = MetricAt(tile_.col + 0.5 * (tile_.cols - 1), middle_row);
    if (!middle.allFinite() || !(middle.determinant() > 0)) return {};
    return MakeFootprint(middle, diameter_m);
  }

  void FitBand(const PlaneTile& band, const Footprint& footprint, Wanted wanted) {
    if (wanted != Wanted::kSlopeOfALayer) NoteEdge(band, footprint);
    const bool slope_alone = wanted != Wanted::kAll;
    if (FitsPlaneTile(footprint)) {
      TakeFits(FitPlaneTile(heights_, band, footprint, ChosenSimdLevel(), slope_alone), band, slope_alone);
    } else {
      for (int row = band.row; row < band.row + band.rows; ++row) FitWideRow(row, footprint, slope_alone);
    }
  }

  /// Of a window of the raster, edges lie outside the reach of what is mapped, but for those of the raster.
  void NoteEdge(const PlaneTile& band, const Footprint& footprint) {
    for (int row = band.row; row < band.row + band.rows; ++row) {
      const bool row_inside = row >= footprint.reach_rows && row + footprint.reach_rows < heights_.height;
      for (int col = 0; col < tile_.cols; ++col) {
        const int c = tile_.col + col;
        const bool inside =
            row_inside && c >= footprint.reach_cols && c + footprint.reach_cols < heights_.width;
        if (!inside) layers_.off_map[At(col, row - tile_.row)] = 1;
      }
    }
  }

  void TakeFits(const PlaneTileFits& fits, const PlaneTile& band, bool slope_alone) {
    for (int row = 0; row < band.rows; ++row) {
      const std::ptrdiff_t from = static_cast<std::ptrdiff_t>(row) * fits.width;
      const auto to = static_cast<std::ptrdiff_t>(At(0, band.row - tile_.row + row));
      const auto copy = [&](const std::vector<float>& band_values, std::vector<float>& values) {
        std::copy_n(band_values.begin() + from, band.cols, values.begin() + to);
      };
      copy(fits.mean_m, rises_.mean_m);
      copy(fits.per_col_m, rises_.per_col_m);
      copy(fits.per_row_m, rises_.per_row_m);
      if (slope_alone) continue;
      copy(fits.deviation_m, layers_.roughness_m);
      copy(fits.rms_m, layers_.rms_m);
      copy(fits.relief_m, layers_.relief_m);
    }
  }

  void FitWideRow(int row, const Footprint& footprint, bool slope_alone) {
    const auto row_begin = static_cast<std::ptrdiff_t>(At(0, row - tile_.row));
    for (auto* rise : {&rises_.mean_m, &rises_.per_col_m, &rises_.per_row_m}) {
      std::fill_n(rise->begin() + row_begin, tile_.cols, kNoGround_m);
    }
    if (row < footprint.reach_rows || row + footprint.reach_rows >= heights_.height) return;
    const int first = std::max(tile_.col, footprint.reach_cols);
    const int end = std::min(tile_.col + tile_.cols, heights_.width - footprint.reach_cols);
    if (first >= end) return;
    const PlaneFits fits = FitPlanes(heights_, row, first, end - first, footprint);
    for (int i = 0; i < end - first; ++i) {
      const std::size_t at = At(first + i - tile_.col, row - tile_.row);
      rises_.mean_m[at] = static_cast<float>(fits.mean_m[i]);
      rises_.per_col_m[at] = static_cast<float>(fits.per_col_m[i]);
      rises_.per_row_m[at] = static_cast<float>(fits.per_row_m[i]);
      if (slope_alone || !std::isfinite(fits.mean_m[i])) continue;
      layers_.roughness_m[at] = static_cast<float>(fits.deviation_m[i]);
      layers_.rms_m[at] = static_cast<float>(fits.rms_m[i]);
      layers_.relief_m[at] = static_cast<float>(fits.highest_m[i] - fits.lowest_m[i]);
    }
  }

  void GradientsOf(int row, int first, int end, std::vector<float>& gradient) const {
    const Eigen::Matrix2d from = MetricAt(tile_.col + first, tile_.row + row).inverse();
    const Eigen::Matrix2d to = MetricAt(tile_.col + end - 1, tile_.row + row).inverse();
    const Eigen::Matrix2d step = (to - from) / std::max(1, end - 1 - first);
    const InverseMetricLine line{from(0, 0), from(0, 1), from(1, 1),   step(0, 0),
                                 step(0, 1), step(1, 1), kMoonRadius_m};
    const std::size_t i = At(first, row);
    kernel_.gradient(line, &rises_.mean_m[i], &rises_.per_col_m[i], &rises_.per_row_m[i], end - first,
                     &gradient[i]);
  }

  const Grid<float>& heights_;
  int first_col_ = 0, first_row_ = 0;  ///< of the cells in memory
  const GroundMetric& metric_;
  const LayerKernel& kernel_ =
      ForLevel(ChosenSimdLevel(), kLayerKernelSse2, kLayerKernelAvx2, kLayerKernelAvx512);
  PlaneTile tile_;  ///< counted from there
  Rises rises_;
  GroundLayers layers_;
};

}  // namespace

GroundLayers MeasureGround(const HazardGround& ground, const GroundMetric& metric,
                           const HazardOptions& options, const PlaneTile& tile) {
  TileMeasure measure(ground, metric, tile);
  measure.FitPlanesOver(options.footprint_m, Wanted::kAll);
  std::vector<float> plane_gradient(static_cast<std::size_t>(tile.cols) * tile.rows);
  measure.TakeGradients(plane_gradient);
  std::vector<float>& gradient = measure.layers().gradient;
  gradient = plane_gradient;
  if (options.slope_estimator == SlopeEstimator::kHorn) {
    measure.TakeHornSlopes();
    measure.TakeGradients(gradient);
  } else if (options.slope_baseline_m > 0) {
    measure.FitPlanesOver(options.slope_baseline_m, Wanted::kSlope);
    measure.TakeGradients(gradient);
  }
  // A cell whose footprint is not wholly known has no slope either.
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    if (std::isnan(plane_gradient[i])) gradient[i] = kNoGround_m;
  }
  for (const double baseline_m : options.more_slope_baselines_m) {
    measure.FitPlanesOver(baseline_m, Wanted::kSlopeOfALayer);
    std::vector<float> more(plane_gradient.size());
    measure.TakeGradients(more);
    measure.layers().more_slopes_rad.push_back(measure.AnglesOf(more));
  }
  measure.layers().slope_rad = measure.AnglesOf(gradient);
  measure.TakeSteps();
  return measure.Finish(plane_gradient);
}

}  // namespace perilune::dem
