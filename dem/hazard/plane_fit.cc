#include "dem/hazard/plane_fit.h"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>

#include "dem/terrain/height_error.h"

namespace perilune::dem {

double UsedDiameter_m(const Eigen::Matrix2d& metric, double diameter_m) {
  const double diagonal2 = metric(0, 0) + metric(1, 1) + 2 * std::abs(metric(0, 1));
  return std::max(diameter_m, 2 * std::sqrt(diagonal2));
}

Footprint MakeFootprint(const Eigen::Matrix2d& metric, double diameter_m) {
  // Rows of a tile share a footprint: cells on the circle belong to it whatever the scale's drift from row to
  // row.
  constexpr double kScaleDrift = 1e-4;
  return MakeDisc(metric, UsedDiameter_m(metric, diameter_m) * (1 + kScaleDrift));
}

Footprint MakeDisc(const Eigen::Matrix2d& metric, double diameter_m) {
  // A hair more than the radius: cells on the circle belong to it whatever the rounding.
  const double radius = 0.5 * diameter_m * (1 + 1e-9);
  const double radius2 = radius * radius;
  Footprint footprint;
  footprint.reach_rows = static_cast<int>(radius * std::sqrt(metric.inverse()(1, 1)));
  for (int row = -footprint.reach_rows; row <= footprint.reach_rows; ++row) {
    // Columns where δᵀ M δ ≤ r²: between the roots of a quadratic.
    const double middle = -metric(0, 1) * row / metric(0, 0);
    const double root2 = middle * middle - (metric(1, 1) * row * row - radius2) / metric(0, 0);
    if (root2 < 0) continue;
    const double root = std::sqrt(root2);
    const Footprint::Run run{row, static_cast<int>(std::ceil(middle - root)),
                             static_cast<int>(std::floor(middle + root))};
    if (run.first > run.last) continue;
    footprint.runs.push_back(run);
    footprint.reach_cols = std::max({footprint.reach_cols, -run.first, run.last});
    for (int col = run.first; col <= run.last; ++col) {
      const Eigen::Vector2d offset(col, row);
      footprint.moments += offset * offset.transpose();
      ++footprint.count;
    }
  }
  return footprint;
}

namespace {

/// Sums over the footprint, cells of a row side by side so that the compiler can use vectors.
void AccumulateSums(const Grid<float>& heights, int row, int first_col, int count, const Footprint& footprint,
                    double reference_m, PlaneFits& fits) {
  for (const Footprint::Run& run : footprint.runs) {
    for (int col = run.first; col <= run.last; ++col) {
      const float* z = &heights.At(first_col + col, row + run.row);
      for (int i = 0; i < count; ++i) {
        const double height = z[i] - reference_m;
        fits.mean_m[i] += height;
        fits.per_col_m[i] += col * height;
        fits.per_row_m[i] += run.row * height;
      }
    }
  }
}

void AccumulateExtremes(const Grid<float>& heights, int row, int first_col, int count,
                        const Footprint& footprint, PlaneFits& fits) {
  for (const Footprint::Run& run : footprint.runs) {
    for (int col = run.first; col <= run.last; ++col) {
      const float* z = &heights.At(first_col + col, row + run.row);
      for (int i = 0; i < count; ++i) {
        const double height = z[i];
        const double plane = fits.mean_m[i] + fits.per_col_m[i] * col + fits.per_row_m[i] * run.row;
        fits.deviation_m[i] = std::max(fits.deviation_m[i], std::abs(height - plane));
        fits.rms_m[i] += (height - plane) * (height - plane);
        fits.lowest_m[i] = std::min(fits.lowest_m[i], height);
        fits.highest_m[i] = std::max(fits.highest_m[i], height);
      }
    }
  }
}

}  // namespace

PlaneFits FitPlanes(const Grid<float>& heights, int row, int first_col, int count,
                    const Footprint& footprint) {
  const auto zeros = std::vector<double>(count, 0.0);
  PlaneFits fits{zeros, zeros, zeros, zeros, zeros, zeros, zeros};
  // Relative to a height nearby, so that the sums lose nothing to a large common height.
  const float near = heights.At(first_col, row);
  const double reference_m = std::isfinite(near) ? near : 0.0;
  AccumulateSums(heights, row, first_col, count, footprint, reference_m, fits);
  const Eigen::Matrix2d inverse = footprint.moments.inverse();
  for (int i = 0; i < count; ++i) {
    const Eigen::Vector2d gradient = inverse * Eigen::Vector2d(fits.per_col_m[i], fits.per_row_m[i]);
    fits.mean_m[i] = reference_m + fits.mean_m[i] / footprint.count;
    fits.per_col_m[i] = gradient.x();
    fits.per_row_m[i] = gradient.y();
    fits.lowest_m[i] = fits.highest_m[i] = heights.At(first_col + i, row);
  }
  AccumulateExtremes(heights, row, first_col, count, footprint, fits);
  for (double& rms : fits.rms_m) rms = std::sqrt(rms / footprint.count);
  return fits;
}

namespace {

/// Offsets of a footprint, thinned to at most about a thousand: the pair sums below are quadratic in their
/// number.
std::vector<Eigen::Vector2d> ThinnedOffsets(const Footprint& footprint) {
  const int stride = footprint.count / 1000 + 1;
  std::vector<Eigen::Vector2d> offsets;
  int index = 0;
  for (const Footprint::Run& run : footprint.runs) {
    for (int col = run.first; col <= run.last; ++col, ++index) {
      if (index % stride == 0) offsets.emplace_back(col, run.row);
    }
  }
  return offsets;
}

}  // namespace

FitNoise NoiseOfFit(const Footprint& footprint, const Eigen::Matrix2d& metric, double diameter_m,
                    double height_sigma_m, double correlation_m) {
  const double n = footprint.count;
  // With C the correlation of the cells' noise: Σ C over pairs, and Σ δ C δᵀ, which independent cells make n
  // and the moments.
  double sum = n;
  Eigen::Matrix2d weighted = footprint.moments;
  double relief_correlation = 0;
  if (correlation_m > 0) {
    const std::vector<Eigen::Vector2d> offsets = ThinnedOffsets(footprint);
    sum = 0;
    weighted.setZero();
    for (const Eigen::Vector2d& a : offsets) {
      for (const Eigen::Vector2d& b : offsets) {
        const Eigen::Vector2d between = a - b;
        const double correlation =
            HeightErrorCorrelation(std::sqrt(between.dot(metric * between)), correlation_m);
        sum += correlation;
        weighted += correlation * a * b.transpose();
      }
    }
    const double pairs = n * n / (static_cast<double>(offsets.size()) * offsets.size());
    sum *= pairs;
    weighted *= pairs;
    relief_correlation = HeightErrorCorrelation(diameter_m, correlation_m);
  }
  const Eigen::Matrix2d inverse = footprint.moments.inverse();
  const Eigen::Matrix2d gradient_covariance = inverse * weighted * inverse;
  const double fitted_share = (sum / n + (inverse * weighted).trace()) / n;
  FitNoise noise;
  noise.gradient = height_sigma_m * std::sqrt(0.5 * (gradient_covariance * metric.inverse()).trace());
  noise.residual_m = height_sigma_m * std::sqrt(std::max(0.0, 1 - fitted_share));
  noise.relief_m = height_sigma_m * std::sqrt(2 * (1 - relief_correlation));
  return noise;
}

}  // namespace perilune::dem
