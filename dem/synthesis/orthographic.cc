#include "dem/synthesis/orthographic.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>

#include "dem/frames/moon.h"
#include "dem/raster/no_value.h"
#include "dem/synthesis/four_taps.h"

namespace perilune::dem {
namespace {

/// Bilinear at (column, row) in cells; NaN outside.
double BilinearOrNan(const Grid<float>& grid, double column, double row) {
  if (!(column >= 0 && row >= 0 && column <= grid.width - 1 && row <= grid.height - 1)) return kNaN;
  const int c = std::min(static_cast<int>(column), std::max(0, grid.width - 2));
  const int r = std::min(static_cast<int>(row), std::max(0, grid.height - 2));
  const int right = std::min(c + 1, grid.width - 1), below = std::min(r + 1, grid.height - 1);
  const double fc = column - c, fr = row - r;
  return (1 - fr) * ((1 - fc) * grid.At(c, r) + fc * grid.At(right, r)) +
         fr * ((1 - fc) * grid.At(c, below) + fc * grid.At(right, below));
}

/// Catmull-Rom inside; bilinear in the outermost cells and beside missing ones.
double Cubic(const Grid<float>& grid, double column, double row) {
  const double whole_column = std::floor(column), whole_row = std::floor(row);
  const bool inside =
      whole_column >= 1 && whole_row >= 1 && whole_column + 2 < grid.width && whole_row + 2 < grid.height;
  if (!inside) return BilinearOrNan(grid, column, row);
  const auto across = CatmullRomWeights(column - whole_column), down = CatmullRomWeights(row - whole_row);
  double sum = 0;
  for (int j = 0; j < 4; ++j) {
    const float* line = &grid.At(static_cast<int>(whole_column) - 1, static_cast<int>(whole_row) - 1 + j);
    sum += down[static_cast<std::size_t>(j)] *
           ((across[0] * line[0] + across[1] * line[1]) + (across[2] * line[2] + across[3] * line[3]));
  }
  return std::isnan(sum) ? BilinearOrNan(grid, column, row) : sum;
}

}  // namespace

Grid<float> OrthographicFromSite(const Grid<float>& height_m, const PlaneWindow& site_window,
                                 const PlaneWindow& orthographic) {
  ValidateWindow(site_window);
  ValidateWindow(orthographic);
  // The map h → height(E (R + h)/R) contracts by slope · E / R: below 0.1 within 100 km and 60°.
  constexpr int kIterations = 4;
  const auto eastings_m = GridLines(orthographic.x0_m, orthographic.spacing_m, 1, 0, orthographic.width);
  const auto northings_m = GridLines(orthographic.y0_m, orthographic.spacing_m, -1, 0, orthographic.height);
  Grid<float> result(orthographic.width, orthographic.height);
  const double per_cell = 1 / site_window.spacing_m;
  tbb::parallel_for(tbb::blocked_range<int>(0, result.height, 16), [&](const tbb::blocked_range<int>& range) {
    for (int r = range.begin(); r < range.end(); ++r) {
      const double northing_m = northings_m[static_cast<std::size_t>(r)];
      for (int c = 0; c < result.width; ++c) {
        const double easting_m = eastings_m[static_cast<std::size_t>(c)];
        double h_m = 0;
        for (int i = 0; i < kIterations; ++i) {
          const double scale = 1 + h_m / kMoonRadius_m;
          const double column = (easting_m * scale - site_window.x0_m) * per_cell;
          const double row = (site_window.y0_m - northing_m * scale) * per_cell;
          h_m = i + 1 < kIterations ? BilinearOrNan(height_m, column, row) : Cubic(height_m, column, row);
        }
        result.At(c, r) = static_cast<float>(h_m);
      }
    }
  });
  return result;
}

PlaneWindow SiteWindowFor(const PlaneWindow& orthographic, double largest_height_m) {
  const double reach_m = std::max({std::abs(orthographic.x0_m), std::abs(orthographic.MaxX()),
                                   std::abs(orthographic.y0_m), std::abs(orthographic.MinY())});
  const int margin =
      3 + static_cast<int>(std::ceil(reach_m * largest_height_m / kMoonRadius_m / orthographic.spacing_m));
  PlaneWindow window = orthographic;
  window.x0_m -= margin * window.spacing_m;
  window.y0_m += margin * window.spacing_m;
  window.width += 2 * margin;
  window.height += 2 * margin;
  return window;
}

}  // namespace perilune::dem
