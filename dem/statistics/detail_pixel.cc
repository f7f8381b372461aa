#include "dem/statistics/detail_pixel.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "dem/statistics/effective_resolution.h"

namespace perilune::dem {
namespace {

constexpr int kMostPixels = 256, kLeastPixels = 128;
constexpr int kSquaresAcross = 3;
constexpr double kResolutionPx = 6.6;  // of a DEM that is low-passed to kDetailFullWidth_px
constexpr double kTolerance = 1.5;

bool IsWhole(const Grid<float>& z_m) {
  return std::all_of(z_m.data.begin(), z_m.data.end(), [](float z) { return std::isfinite(z); });
}

}  // namespace

double DetailPixel_m(int width, int height, double pixel_m, const SquareReader& read) {
  const int least = std::min(width, height);
  if (least < kLeastPixels) return pixel_m;
  const int side = std::clamp(least / 2, kLeastPixels, kMostPixels);
  std::vector<double> resolution_m;
  for (int i = 0; i < kSquaresAcross * kSquaresAcross; ++i) {
    const Grid<float> square = read((width - side) * (i % kSquaresAcross) / (kSquaresAcross - 1),
                                    (height - side) * (i / kSquaresAcross) / (kSquaresAcross - 1), side);
    if (IsWhole(square))
      resolution_m.push_back(EffectiveResolution_m(SpectrumOf(square, pixel_m)).value_or(0));
  }
  if (resolution_m.empty()) return pixel_m;
  const auto middle = resolution_m.begin() + static_cast<std::ptrdiff_t>(resolution_m.size() / 2);
  std::nth_element(resolution_m.begin(), middle, resolution_m.end());
  const double worth_m = *middle / kResolutionPx;
  return worth_m > kTolerance * pixel_m ? worth_m : pixel_m;
}

double DetailPixel_m(const Grid<float>& z_m, double pixel_m, int cells_a_pixel) {
  const int step = std::max(1, cells_a_pixel);
  return DetailPixel_m(
      z_m.width / step, z_m.height / step, pixel_m, [&](int first_column, int first_row, int side) {
        Grid<float> square(side, side);
        for (int row = 0; row < side; ++row)
          for (int col = 0; col < side; ++col)
            square.At(col, row) = z_m.At((first_column + col) * step, (first_row + row) * step);
        return square;
      });
}

}  // namespace perilune::dem
