#include "dem/terrain/height_window.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "dem/raster/no_value.h"

namespace perilune::dem {
namespace {

/// Weights of the cells at −1, 0, 1, 2 for a point at `f` in [0, 1].
std::array<double, 4> CatmullRom(double f) {
  const double f2 = f * f, f3 = f2 * f;
  return {0.5 * (-f + 2 * f2 - f3), 0.5 * (2 - 5 * f2 + 3 * f3), 0.5 * (f + 4 * f2 - 3 * f3),
          0.5 * (f3 - f2)};
}

}  // namespace

HeightWindow::HeightWindow(const RasterFile& file, const PixelWindow& window)
    : window_(window),
      heights_(file.ReadWindow(window.col, window.row, window.width, window.height).grid),
      turn_(file.ColumnsPerTurn()) {}

std::optional<HeightWindow::CellPlace> HeightWindow::PlaceOf(const Eigen::Vector2d& pixel) const {
  double u = pixel.x() - window_.col, v = pixel.y() - window_.row;
  if (turn_) u += *turn_ * std::round((0.5 * (window_.width - 1) - u) / *turn_);
  if (!(u >= -0.5 && v >= -0.5 && u <= window_.width - 0.5 && v <= window_.height - 0.5)) return std::nullopt;
  u = std::clamp(u, 0.0, window_.width - 1.0);
  v = std::clamp(v, 0.0, window_.height - 1.0);
  const int col = static_cast<int>(u), row = static_cast<int>(v);
  return CellPlace{col, row, u - col, v - row};
}

double HeightWindow::BilinearAt(const Eigen::Vector2d& pixel) const {
  const std::optional<CellPlace> place = PlaceOf(pixel);
  return place ? Bilinear(*place) : kNaN;
}

double HeightWindow::HeightAt(const Eigen::Vector2d& pixel) const {
  const std::optional<CellPlace> place = PlaceOf(pixel);
  if (!place) return kNaN;
  const auto& [col, row, fx, fy] = *place;
  const std::array<double, 4> wx = CatmullRom(fx), wy = CatmullRom(fy);
  std::array<int, 4> columns{};
  for (int i = 0; i < 4; ++i) columns[i] = std::clamp(col - 1 + i, 0, window_.width - 1);
  double height = 0;
  for (int j = 0; j < 4; ++j) {
    const float* line =
        &heights_
             .data[static_cast<std::size_t>(std::clamp(row - 1 + j, 0, window_.height - 1)) * window_.width];
    double across = 0;
    for (int i = 0; i < 4; ++i) across += wx[i] * static_cast<double>(line[columns[i]]);
    height += wy[j] * across;
  }
  return std::isnan(height) ? Bilinear(*place) : height;
}

double HeightWindow::Bilinear(const CellPlace& place) const {
  const auto& [col, row, fx, fy] = place;
  double height = 0;
  for (int j = 0; j < 2; ++j) {
    for (int i = 0; i < 2; ++i) {
      const double weight = (i == 0 ? 1 - fx : fx) * (j == 0 ? 1 - fy : fy);
      if (weight == 0) continue;  // a missing cell that is not needed
      height += weight * static_cast<double>(heights_.At(col + i, row + j));
    }
  }
  return height;
}

std::optional<HeightBracket> HeightWindow::Range() const {
  HeightBracket range{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
  for (const float height : heights_.data) {
    if (std::isnan(height)) continue;
    range.lowest_m = std::min(range.lowest_m, static_cast<double>(height));
    range.highest_m = std::max(range.highest_m, static_cast<double>(height));
  }
  if (range.lowest_m > range.highest_m) return std::nullopt;
  return range;
}

}  // namespace perilune::dem
