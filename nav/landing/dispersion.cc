#include "nav/landing/dispersion.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace perilune::nav {

namespace {

std::size_t Index(int i) { return static_cast<std::size_t>(i); }

constexpr double kCut = 5.0;  // sigmas: what lies beyond is 6e-7 an axis, and counts as unsafe

/// Weights of the cells −reach … reach under N(0, sigma²), each the Gaussian's integral over the cell.
std::vector<double> CellWeights(double sigma, int largest_reach) {
  if (!(sigma > 0)) return {1.0};
  const int reach = static_cast<int>(std::min(std::ceil(kCut * sigma), static_cast<double>(largest_reach)));
  const auto beyond = [&](double x) { return 0.5 * std::erfc(x / (sigma * std::sqrt(2.0))); };
  std::vector<double> weights(2 * Index(reach) + 1);
  for (int i = 0; i <= reach; ++i) {
    // As a difference of tails: accurate far out.
    const double weight =
        i == 0 ? std::erf(0.5 / (sigma * std::sqrt(2.0))) : beyond(i - 0.5) - beyond(i + 0.5);
    weights[Index(reach + i)] = weights[Index(reach - i)] = weight;
  }
  return weights;
}

/// Rows under the weights, with `pad` columns more on each side: what a sheared row brings in from there.
dem::Grid<double> AlongRows(const dem::Grid<float>& p_site, const std::vector<double>& weights, int pad) {
  const int width = p_site.width, reach = static_cast<int>(weights.size()) / 2;
  dem::Grid<double> smoothed(width + 2 * pad, p_site.height);
  tbb::parallel_for(0, p_site.height, [&](int row) {
    double* out = &smoothed.At(0, row);
    const float* in = &p_site.At(0, row);
    for (int k = -reach; k <= reach; ++k) {
      const double weight = weights[Index(k + reach)];
      for (int col = std::max(-pad, -k); col < std::min(width + pad, width - k); ++col) {
        out[col + pad] += weight * (std::isnan(in[col + k]) ? 0.0F : in[col + k]);
      }
    }
  });
  return smoothed;
}

/// Adds `weight` times a padded row moved by `shift` columns (linear between cells, 0 outside).
void AddShifted(const double* in, int pad, double shift, double weight, std::vector<double>& out) {
  const int width = static_cast<int>(out.size());
  const int whole = static_cast<int>(std::floor(shift));
  const double fraction = shift - whole;
  for (const auto& [k, w] :
       {std::pair{whole, weight * (1 - fraction)}, std::pair{whole + 1, weight * fraction}}) {
    if (w == 0) continue;
    for (int col = std::max(0, -pad - k); col < std::min(width, width + pad - k); ++col)
      out[Index(col)] += w * in[col + pad + k];
  }
}

dem::Grid<float> Transposed(const dem::Grid<float>& grid) {
  dem::Grid<float> turned(grid.height, grid.width);
  for (int row = 0; row < grid.height; ++row) {
    for (int col = 0; col < grid.width; ++col) turned.At(row, col) = grid.At(col, row);
  }
  return turned;
}

}  // namespace

Eigen::Vector2i DispersionReach(const Eigen::Matrix2d& covariance_px2) {
  // Three more: for rounding up, the linear shift of a sheared row, and its padding.
  const auto reach = [](double variance) {
    return static_cast<int>(std::ceil(kCut * std::sqrt(std::max(0.0, variance)))) + 3;
  };
  const int cols = reach(covariance_px2(0, 0)), rows = reach(covariance_px2(1, 1));
  // A sheared row brings in what the other axis reaches.
  const bool sheared = covariance_px2(0, 1) != 0;
  return {sheared ? cols + rows : cols, sheared ? cols + rows : rows};
}

dem::Grid<float> Disperse(const dem::Grid<float>& p_site, const Eigen::Matrix2d& covariance_px2) {
  // The shear is along the axis of the smaller variance: at most one cell a cell, so that a row's cells hold
  // it.
  if (covariance_px2(0, 0) > covariance_px2(1, 1)) {
    return Transposed(Disperse(Transposed(p_site), covariance_px2.reverse()));
  }
  const double row_variance = covariance_px2(1, 1);
  const double shear = row_variance > 0 ? covariance_px2(0, 1) / row_variance : 0.0;
  const double col_variance = covariance_px2(0, 0) - shear * covariance_px2(0, 1);
  const std::vector<double> down = CellWeights(std::sqrt(row_variance), p_site.height);
  const int reach = static_cast<int>(down.size()) / 2;
  const double col_sigma = std::sqrt(std::max(0.0, col_variance));
  const int pad = static_cast<int>(std::ceil(std::min(std::abs(shear) * reach + 1, kCut * col_sigma)));
  const std::vector<double> across = CellWeights(col_sigma, p_site.width + pad);
  const dem::Grid<double> smoothed = AlongRows(p_site, across, pad);

  dem::Grid<float> dispersed(p_site.width, p_site.height);
  tbb::parallel_for(0, p_site.height, [&](int row) {
    std::vector<double> sum(Index(p_site.width), 0.0);
    for (int k = std::max(-reach, -row); k <= std::min(reach, p_site.height - 1 - row); ++k) {
      AddShifted(&smoothed.At(0, row + k), pad, shear * k, down[Index(k + reach)], sum);
    }
    for (int col = 0; col < p_site.width; ++col) {
      dispersed.At(col, row) = static_cast<float>(std::min(1.0, sum[static_cast<std::size_t>(col)]));
    }
  });
  return dispersed;
}

namespace {

/// Lower envelope of the parabolas values[j] + (spacing·(i − j))² at each i.
void TransformLine(std::vector<double>& values, double spacing) {
  const int n = static_cast<int>(values.size());
  const double spacing2 = spacing * spacing;
  std::vector<int> apex(values.size());
  std::vector<double> from(values.size() + 1);
  const std::vector<double> f = values;
  int last = -1;
  for (int j = 0; j < n; ++j) {
    if (std::isinf(f[j])) continue;
    double start = -std::numeric_limits<double>::infinity();
    while (last >= 0) {
      const int i = apex[last];
      start = ((f[j] - f[i]) / spacing2 + static_cast<double>(j) * j - static_cast<double>(i) * i) /
              (2.0 * (j - i));
      if (start > from[last]) break;
      --last;
      start = -std::numeric_limits<double>::infinity();
    }
    ++last;
    apex[last] = j;
    from[last] = start;
  }
  if (last < 0) return;
  for (int i = 0, k = 0; i < n; ++i) {
    while (k < last && from[k + 1] < i) ++k;
    const double d = i - apex[k];
    values[i] = f[apex[k]] + spacing2 * d * d;
  }
}

}  // namespace

dem::Grid<float> DistanceToUnsafe(const dem::Grid<std::uint8_t>& safe, double col_m, double row_m) {
  const int width = safe.width, height = safe.height;
  dem::Grid<double> squared(width, height);
  tbb::parallel_for(0, width, [&](int col) {
    std::vector<double> line(static_cast<std::size_t>(height) + 2, 0.0);  // the ring outside is unsafe
    for (int row = 0; row < height; ++row) {
      line[row + 1] = safe.At(col, row) ? std::numeric_limits<double>::infinity() : 0.0;
    }
    TransformLine(line, row_m);
    for (int row = 0; row < height; ++row) squared.At(col, row) = line[row + 1];
  });
  dem::Grid<float> distance(width, height);
  tbb::parallel_for(0, height, [&](int row) {
    std::vector<double> line(static_cast<std::size_t>(width) + 2, 0.0);
    std::copy_n(&squared.At(0, row), width, line.begin() + 1);
    TransformLine(line, col_m);
    for (int col = 0; col < width; ++col)
      distance.At(col, row) = static_cast<float>(std::sqrt(line[col + 1]));
  });
  return distance;
}

std::vector<float> DistanceAlongRow(const std::vector<int>& rows_to_unsafe, double col_m, double row_m) {
  std::vector<double> line(rows_to_unsafe.size() + 2, 0.0);
  for (std::size_t col = 0; col < rows_to_unsafe.size(); ++col) {
    const double rows = rows_to_unsafe[col];
    line[col + 1] = row_m * row_m * rows * rows;
  }
  TransformLine(line, col_m);
  std::vector<float> distance(rows_to_unsafe.size());
  for (std::size_t col = 0; col < distance.size(); ++col)
    distance[col] = static_cast<float>(std::sqrt(line[col + 1]));
  return distance;
}

}  // namespace perilune::nav
