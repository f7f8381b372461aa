#pragma once

#include <Eigen/Core>
#include <vector>

#include "vision/tracking/even_light.h"

namespace perilune::vision {

/// The image cut into square cells, each of which shall hold a feature.
class FeatureCells {
 public:
  /// `cells_across` along the longer side; no corners within `border_px` of the image's edge or within
  /// `min_distance_px` of what occupies a place. Keeps a reference to the image's parts.
  FeatureCells(const EvenImage& light, int cells_across, int border_px, double min_distance_px);

  void Occupy(const Eigen::Vector2d& pixel_px);

  /// The strongest corner (smaller eigenvalue of the gradients' matrix, Shi & Tomasi 1994) of each cell that
  /// nothing occupies, cell by cell in rows; none where a cell has no texture or is clipped. They keep their
  /// distance from each other, too.
  std::vector<Eigen::Vector2d> NewCorners();

 private:
  int CellOf(const Eigen::Vector2d& pixel_px) const;
  cv::Rect CellRect(int cell) const;

  EvenImage light_;
  int border_px_;
  int distance_px_;
  int cell_px_;
  int columns_;
  int rows_;
  std::vector<char> occupied_;
  cv::Mat free_;  ///< CV_8U, 255 where a corner may be
};

}  // namespace perilune::vision
