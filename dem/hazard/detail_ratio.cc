#include "dem/hazard/detail_ratio.h"

#include <cmath>
#include <limits>

namespace perilune::dem {

namespace {

constexpr int kNear = 1, kFar = 4;            // lags, cells
constexpr int kAround = kDetailReach - kFar;  // cells each way of the mean

/// Sum and number of squared second differences.
struct SquareSum {
  double sum = 0;
  double count = 0;

  void Add(double difference) {
    if (std::isnan(difference)) return;
    sum += difference * difference;
    count += 1;
  }
  void Add(const SquareSum& other) {
    sum += other.sum;
    count += other.count;
  }
};

/// Of both axes at a cell; nothing outside the grid.
SquareSum SquaresAt(const Grid<float>& heights, int col, int row, int lag) {
  SquareSum squares;
  if (!heights.Contains(col, row)) return squares;
  const double twice = 2.0 * heights.At(col, row);
  if (col >= lag && col + lag < heights.width)
    squares.Add(static_cast<double>(heights.At(col - lag, row)) + heights.At(col + lag, row) - twice);
  if (row >= lag && row + lag < heights.height)
    squares.Add(static_cast<double>(heights.At(col, row - lag)) + heights.At(col, row + lag) - twice);
  return squares;
}

/// Mean squares over the cells around each cell of the tile, by rows; NaN where there are none.
std::vector<double> MeanSquares(const Grid<float>& heights, const PlaneTile& tile, int lag) {
  const int width = tile.cols + 2 * kAround, height = tile.rows + 2 * kAround;
  std::vector<SquareSum> across(static_cast<std::size_t>(tile.cols) * height);
  std::vector<SquareSum> row_squares(width);
  for (int row = 0; row < height; ++row) {
    for (int col = 0; col < width; ++col)
      row_squares[col] = SquaresAt(heights, tile.col - kAround + col, tile.row - kAround + row, lag);
    for (int col = 0; col < tile.cols; ++col) {
      for (int i = 0; i <= 2 * kAround; ++i)
        across[static_cast<std::size_t>(row) * tile.cols + col].Add(row_squares[col + i]);
    }
  }
  std::vector<double> means(static_cast<std::size_t>(tile.cols) * tile.rows);
  for (int row = 0; row < tile.rows; ++row) {
    for (int col = 0; col < tile.cols; ++col) {
      SquareSum squares;
      for (int i = 0; i <= 2 * kAround; ++i)
        squares.Add(across[static_cast<std::size_t>(row + i) * tile.cols + col]);
      means[static_cast<std::size_t>(row) * tile.cols + col] = squares.sum / squares.count;
    }
  }
  return means;
}

}  // namespace

std::vector<float> DetailRatios(const Grid<float>& heights, const PlaneTile& tile) {
  const std::vector<double> near = MeanSquares(heights, tile, kNear), far = MeanSquares(heights, tile, kFar);
  std::vector<float> ratios(near.size(), std::numeric_limits<float>::quiet_NaN());
  for (int row = 0; row < tile.rows; ++row) {
    for (int col = 0; col < tile.cols; ++col) {
      const std::size_t i = static_cast<std::size_t>(row) * tile.cols + col;
      if (std::isnan(heights.At(tile.col + col, tile.row + row)) || !(far[i] > 0)) continue;
      ratios[i] = static_cast<float>(std::sqrt(near[i] / far[i]));
    }
  }
  return ratios;
}

}  // namespace perilune::dem
