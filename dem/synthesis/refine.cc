#include "dem/synthesis/refine.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "dem/synthesis/four_taps.h"

namespace perilune::dem {
namespace {

void RequireInside(const PlaneWindow& coarse, const PlaneWindow& fine) {
  const double slack_m = 1e-6 * coarse.spacing_m;
  if (fine.x0_m < coarse.x0_m - slack_m || fine.y0_m > coarse.y0_m + slack_m ||
      fine.MaxX() > coarse.MaxX() + slack_m || fine.MinY() < coarse.MinY() - slack_m) {
    throw std::invalid_argument("fine: the window reaches outside the coarse one");
  }
}

/// Bilinear value at (column, row) in coarse cells; NaN when a cell that has weight is missing.
float BilinearOfWeighted(const Grid<float>& grid, double column, double row) {
  const int c = std::clamp(static_cast<int>(std::floor(column)), 0, std::max(0, grid.width - 2));
  const int r = std::clamp(static_cast<int>(std::floor(row)), 0, std::max(0, grid.height - 2));
  const double fc = std::clamp(column - c, 0.0, 1.0), fr = std::clamp(row - r, 0.0, 1.0);
  double sum = 0;
  const double weights[4] = {(1 - fc) * (1 - fr), fc * (1 - fr), (1 - fc) * fr, fc * fr};
  for (int k = 0; k < 4; ++k) {
    if (weights[k] <= 1e-9) continue;
    sum += weights[k] * grid.At(std::min(c + k % 2, grid.width - 1), std::min(r + k / 2, grid.height - 1));
  }
  return static_cast<float>(sum);
}

/// Positions of grid lines in coarse cells.
std::vector<double> InCoarseCells(std::vector<double> lines_m, double origin_m, double spacing_m, int sign) {
  for (double& v : lines_m) v = sign * (v - origin_m) / spacing_m;
  return lines_m;
}

}  // namespace

DetailOptions DetailBetween(const DetailOptions& world, double shown_from_m, double fine_spacing_m) {
  DetailOptions detail = world;
  const double shortest_m = kCellsPerFeature * fine_spacing_m;
  detail.min_diameter_m = detail.fractal_shortest_m = shortest_m;
  detail.max_diameter_m = detail.fractal_longest_m = std::max(shortest_m, shown_from_m);
  return detail;
}

Grid<float> InterpolateGrid(const Grid<float>& coarse_m, const PlaneWindow& coarse, const PlaneWindow& fine) {
  ValidateWindow(coarse);
  ValidateWindow(fine);
  if (coarse_m.width != coarse.width || coarse_m.height != coarse.height) {
    throw std::invalid_argument("coarse: its shape is not the grid's");
  }
  RequireInside(coarse, fine);
  const auto columns =
      InCoarseCells(GridLines(fine.x0_m, fine.spacing_m, 1, 0, fine.width), coarse.x0_m, coarse.spacing_m, 1);
  const auto rows = InCoarseCells(GridLines(fine.y0_m, fine.spacing_m, -1, 0, fine.height), coarse.y0_m,
                                  coarse.spacing_m, -1);
  const auto across = TapsAt(columns, CatmullRomWeights);
  const auto down = TapsAt(rows, CatmullRomWeights);
  Grid<float> result(fine.width, fine.height);
  const long first_column = across.front().first, last_column = across.back().first + 3;
  tbb::parallel_for(tbb::blocked_range<int>(0, fine.height, 16), [&](const tbb::blocked_range<int>& range) {
    std::vector<double> column_sums(static_cast<std::size_t>(last_column - first_column + 1));
    for (int r = range.begin(); r < range.end(); ++r) {
      const FourTaps& row = down[static_cast<std::size_t>(r)];
      for (long c = first_column; c <= last_column; ++c) {
        const int column = static_cast<int>(std::clamp<long>(c, 0, coarse_m.width - 1));
        double sum = 0;
        for (int k = 0; k < 4; ++k) {
          const int line = static_cast<int>(std::clamp<long>(row.first + k, 0, coarse_m.height - 1));
          sum += row.weight[static_cast<std::size_t>(k)] * coarse_m.At(column, line);
        }
        column_sums[static_cast<std::size_t>(c - first_column)] = sum;
      }
      for (int c = 0; c < fine.width; ++c) {
        const FourTaps& tap = across[static_cast<std::size_t>(c)];
        const double* s = column_sums.data() + (tap.first - first_column);
        const double value =
            (tap.weight[0] * s[0] + tap.weight[1] * s[1]) + (tap.weight[2] * s[2] + tap.weight[3] * s[3]);
        result.At(c, r) = std::isnan(value)
                              ? BilinearOfWeighted(coarse_m, columns[static_cast<std::size_t>(c)],
                                                   rows[static_cast<std::size_t>(r)])
                              : static_cast<float>(value);
      }
    }
  });
  return result;
}

Grid<float> RefineGrid(const Grid<float>& coarse_m, const PlaneWindow& coarse, const PlaneWindow& fine,
                       const DetailOptions& detail) {
  Grid<float> result = InterpolateGrid(coarse_m, coarse, fine);
  AddLunarDetail(result, fine, detail);
  return result;
}

}  // namespace perilune::dem
