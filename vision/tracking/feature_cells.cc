#include "vision/tracking/feature_cells.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace perilune::vision {
namespace {

constexpr int kBlock_px = 11;  // over which gradients are summed: wide enough to average noise
constexpr int kMargin_px = kBlock_px / 2 + 2;

}  // namespace

FeatureCells::FeatureCells(const EvenImage& light, int cells_across, int border_px, double min_distance_px)
    : light_(light),
      border_px_(border_px),
      distance_px_(static_cast<int>(std::lround(min_distance_px))),
      cell_px_(std::max(1, (std::max(light.even.cols, light.even.rows) + cells_across - 1) / cells_across)),
      columns_((light.even.cols + cell_px_ - 1) / cell_px_),
      rows_((light.even.rows + cell_px_ - 1) / cell_px_),
      occupied_(static_cast<std::size_t>(columns_) * static_cast<std::size_t>(rows_), 0),
      free_(cv::Mat::zeros(light.even.size(), CV_8U)) {
  const cv::Rect inner(border_px_, border_px_, light.even.cols - 2 * border_px_,
                       light.even.rows - 2 * border_px_);
  if (inner.width > 0 && inner.height > 0) light.unclipped(inner).copyTo(free_(inner));
}

int FeatureCells::CellOf(const Eigen::Vector2d& pixel_px) const {
  const int col = std::clamp(static_cast<int>(std::lround(pixel_px.x())) / cell_px_, 0, columns_ - 1);
  const int row = std::clamp(static_cast<int>(std::lround(pixel_px.y())) / cell_px_, 0, rows_ - 1);
  return row * columns_ + col;
}

cv::Rect FeatureCells::CellRect(int cell) const {
  const cv::Rect whole((cell % columns_) * cell_px_, (cell / columns_) * cell_px_, cell_px_, cell_px_);
  return whole & cv::Rect(0, 0, light_.even.cols, light_.even.rows);
}

void FeatureCells::Occupy(const Eigen::Vector2d& pixel_px) {
  occupied_[static_cast<std::size_t>(CellOf(pixel_px))] = 1;
  const cv::Point centre(static_cast<int>(std::lround(pixel_px.x())),
                         static_cast<int>(std::lround(pixel_px.y())));
  cv::circle(free_, centre, distance_px_, cv::Scalar(0), cv::FILLED);
}

std::vector<Eigen::Vector2d> FeatureCells::NewCorners() {
  std::vector<int> empty;
  for (int cell = 0; cell < static_cast<int>(occupied_.size()); ++cell) {
    if (occupied_[static_cast<std::size_t>(cell)] == 0) empty.push_back(cell);
  }
  std::vector<cv::Mat> strength(empty.size());
  const cv::Rect image(0, 0, light_.even.cols, light_.even.rows);
  tbb::parallel_for(std::size_t{0}, empty.size(), [&](std::size_t i) {
    const cv::Rect cell = CellRect(empty[i]);
    const cv::Rect wide =
        (cell + cv::Size(2 * kMargin_px, 2 * kMargin_px) - cv::Point(kMargin_px, kMargin_px)) & image;
    cv::Mat eigenvalue;
    cv::cornerMinEigenVal(light_.even(wide), eigenvalue, kBlock_px, 3, cv::BORDER_REPLICATE);
    strength[i] = eigenvalue(cell - wide.tl()).clone();
  });
  std::vector<Eigen::Vector2d> corners;
  for (std::size_t i = 0; i < empty.size(); ++i) {
    const cv::Rect cell = CellRect(empty[i]);
    double best = 0;
    cv::Point place;
    cv::minMaxLoc(strength[i], nullptr, &best, nullptr, &place, free_(cell));
    if (!(best > 0)) continue;
    corners.emplace_back(cell.x + place.x, cell.y + place.y);
    Occupy(corners.back());
  }
  return corners;
}

}  // namespace perilune::vision
