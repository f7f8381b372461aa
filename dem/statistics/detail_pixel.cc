#include "dem/statistics/detail_pixel.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "dem/statistics/effective_resolution.h"

namespace perilune::dem {
namespace {

constexpr int kMostPixels = 256, kLeastPixels = 128;
constexpr int kSquaresAcross = 3;
constexpr double kResolutionPx = 6.6;  // of a DEM that is low-passed to 2.5 of its pixels
constexpr double kTolerance = 1.5;

// Every `step`-th cell of a square; nothing where one is missing.
std::optional<Grid<float>> Square(const Grid<float>& z_m, int first_column, int first_row, int side,
                                  int step) {
  Grid<float> square(side, side);
  for (int row = 0; row < side; ++row) {
    for (int col = 0; col < side; ++col) {
      const float z = z_m.At(first_column + col * step, first_row + row * step);
      if (!std::isfinite(z)) return std::nullopt;
      square.At(col, row) = z;
    }
  }
  return square;
}

}  // namespace

double DetailPixel_m(const Grid<float>& z_m, double pixel_m, int cells_a_pixel) {
  const int step = std::max(1, cells_a_pixel);
  const int least = std::min(z_m.width, z_m.height) / step;
  if (least < kLeastPixels) return pixel_m;
  const int side = std::clamp(least / 2, kLeastPixels, kMostPixels);
  const int spare_columns = z_m.width - side * step, spare_rows = z_m.height - side * step;
  std::vector<double> resolution_m;
  for (int i = 0; i < kSquaresAcross * kSquaresAcross; ++i) {
    const auto square = Square(z_m, spare_columns * (i % kSquaresAcross) / (kSquaresAcross - 1),
                               spare_rows * (i / kSquaresAcross) / (kSquaresAcross - 1), side, step);
    if (square) resolution_m.push_back(EffectiveResolution_m(SpectrumOf(*square, pixel_m)).value_or(0));
  }
  if (resolution_m.empty()) return pixel_m;
  const auto middle = resolution_m.begin() + static_cast<std::ptrdiff_t>(resolution_m.size() / 2);
  std::nth_element(resolution_m.begin(), middle, resolution_m.end());
  const double worth_m = *middle / kResolutionPx;
  return worth_m > kTolerance * pixel_m ? worth_m : pixel_m;
}

}  // namespace perilune::dem
